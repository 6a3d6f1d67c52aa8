"""What ServerReady says of the certificate of port 4064 that a user brings."""

from dataclasses import replace

from omero_operator.health.ingress import moment
from omero_operator.state.condition import ConditionValue
from omero_operator.state.observed import Observed


def judge(value: ConditionValue, observed: Observed) -> ConditionValue:
    """A server that runs, and how long its certificate is valid.

    OMERO's own clients do not verify it by default, so the site works on when it has expired.

    Args:
        value: The condition of the server, which is ready.
        observed: What the cluster shows.

    Returns:
        The condition with the end of the certificate, or what those who verify it object to.
    """
    certificate = observed.server_certificate
    if certificate is None:
        return value
    advice = "put a valid one into the Secret that spec.server.tls.secretName names"
    if certificate.error:
        reason, fault = "CertificateInvalid", certificate.error
    elif observed.now < certificate.begins:
        reason, fault = "CertificateNotYetValid", f"it is valid from {moment(certificate.begins)}"
    elif observed.now > certificate.ends:
        reason, fault = "CertificateExpired", f"it expired at {moment(certificate.ends)}"
    else:
        words = f"{value.message}; its certificate is valid until {moment(certificate.ends)}"
        return replace(value, message=words)
    words = f"{value.message}, but clients that verify its certificate reject it: {fault}; {advice}"
    return ConditionValue("True", reason, words)
