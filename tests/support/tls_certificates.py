"""Certificates for servers of tests."""

from __future__ import annotations

from pathlib import Path

import trustme


def make(folder: Path, host: str = "localhost") -> tuple[Path, Path]:
    """An authority, and a server's certificate that it has signed.

    Args:
        folder: Where the files go.
        host: The host name or address that the certificate is for.

    Returns:
        The authority's certificate; the server's certificate with its key in the same file.
    """
    authority = trustme.CA()
    server = authority.issue_cert(host)
    authority_file, server_file = folder / "authority.pem", folder / "server.pem"
    authority.cert_pem.write_to_path(authority_file)
    server.cert_chain_pems[0].write_to_path(server_file)
    server.private_key_pem.write_to_path(server_file, append=True)
    return authority_file, server_file
