"""Until when a certificate is valid."""

from cryptography import x509


def valid_until(pem: bytes) -> float | None:
    """Epoch seconds at which the first certificate of the text ends; None where there is none that can be read."""
    try:
        return x509.load_pem_x509_certificate(pem).not_valid_after_utc.timestamp()
    except ValueError:
        return None
