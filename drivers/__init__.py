"""Device drivers: bytes, transports and one folder of drivers per device family."""
