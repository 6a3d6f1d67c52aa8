"""tus 1.0.0 (https://tus.io/protocols/resumable-upload) as headers: what is read and answered.

Core, creation, termination, checksum and expiration. Nothing here receives a byte.
"""
