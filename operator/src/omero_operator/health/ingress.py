"""IngressReady: the way from a browser, with a certificate that the browser accepts."""

import datetime

from omero_operator.desired.component import Component
from omero_operator.desired.context import Context
from omero_operator.desired.public_url import ingress_host, public_url
from omero_operator.health import gateway
from omero_operator.identity.kinds import INGRESS
from omero_operator.state.condition import ConditionValue, failed
from omero_operator.state.observed import Certificate, Observed


def judge(ctx: Context, component: Component, observed: Observed) -> ConditionValue:
    """The way from a browser to OMERO.web."""
    if failure := observed.failure_of(component.name):
        return failed(failure)
    attached = gateway.judge(ctx, observed)
    published = _published(ctx, observed) if ctx.spec.web.ingress or not attached else None
    found = [value for value in (published, attached) if value]
    faults = [value for value in found if value.status != "True"]
    if faults:
        return faults[0]
    return ConditionValue("True", found[0].reason, "; ".join(value.message for value in found))


def _published(ctx: Context, observed: Observed) -> ConditionValue:
    """The Ingress, or why there is none."""
    names = ctx.names
    if ctx.spec.web.ingress is None:
        url = public_url(ctx.spec)
        leads = f"{url} must lead to" if url else "reach OMERO.web through"
        return ConditionValue(
            "True", "NotConfigured", f"spec.web.ingress is not set; {leads} Service {names.web}"
        )
    if observed.child(INGRESS, names.web) is None:
        return ConditionValue("Unknown", "Creating", f"Ingress {names.web} is being created")
    message = f"Ingress {names.web} exists"
    certificate, host = observed.certificate, ingress_host(ctx.spec)
    if certificate is None or not host:
        return ConditionValue("True", "Published", message)
    if fault := _fault(certificate, host, observed.now):
        reason, words = fault
        return ConditionValue(
            "False",
            reason,
            f"{message}, but browsers reject its certificate: {words}; put a valid one into the "
            "Secret that spec.web.ingress.tls.secretName names",
        )
    return ConditionValue(
        "True", "Published", f"{message}, its certificate is valid until {moment(certificate.ends)}"
    )


def _fault(certificate: Certificate, host: str, now: datetime.datetime) -> tuple[str, str] | None:
    """Reason and words for what a browser objects to."""
    if certificate.error:
        return "CertificateInvalid", certificate.error
    if now < certificate.begins:
        return "CertificateNotYetValid", f"it is valid only from {moment(certificate.begins)}"
    if now > certificate.ends:
        return "CertificateExpired", f"it expired at {moment(certificate.ends)}"
    if not any(_covers(name.lower(), host.lower()) for name in certificate.names):
        names = ", ".join(certificate.names) or "no host"
        return "CertificateForOtherHost", f"it is for {names}, not for {host}"
    return None


def _covers(name: str, host: str) -> bool:
    """Whether a name of a certificate is for a host; `*` is one whole first label (RFC 9525)."""
    first, _, rest = name.partition(".")
    return host == name or (first == "*" and bool(rest) and host.partition(".")[2] == rest)


def moment(time: datetime.datetime) -> str:
    """A moment as conditions write it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
