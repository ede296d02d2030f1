"""The office's certificate: read at the start, and again when its files are new."""

import pathlib
import ssl

from central_office.errors import OfficeError
from central_office.settings import HttpSettings


class Certificate:
    """A certificate with its chain, and its key.

    Attributes:
        context: With which connections are taken; a new certificate is in it for the next one.
    """

    def __init__(self, certificate_file: str, key_file: str) -> None:
        """Read the files.

        Raises:
            OfficeError: They cannot be read or do not belong together.
        """
        self._files = (certificate_file, key_file)
        self.context = _context()
        self._read = self._times()
        try:
            self.context.load_cert_chain(*self._files)
        except (OSError, ssl.SSLError) as error:
            raise OfficeError(
                f"The certificate {certificate_file} cannot be read: {error}."
            ) from error

    def look(self) -> None:
        """Take a new certificate; where it is half written or wrong, the old one stays."""
        times = self._times()
        if times == self._read:
            return
        self._read = times
        try:
            _context().load_cert_chain(*self._files)
        except (OSError, ssl.SSLError):
            return
        self.context.load_cert_chain(*self._files)

    def _times(self) -> tuple[int, ...]:
        try:
            return tuple(pathlib.Path(file).stat().st_mtime_ns for file in self._files)
        except OSError:
            return ()


def certificate_of(settings: HttpSettings) -> Certificate | None:
    """The certificate that is configured; None for plain HTTP.

    Raises:
        OfficeError: It cannot be read.
    """
    if settings.certificate_file is None or settings.key_file is None:
        return None
    return Certificate(settings.certificate_file, settings.key_file)


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
