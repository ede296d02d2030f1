"""The daemon under the counter: journal, devices, registers, relay."""
