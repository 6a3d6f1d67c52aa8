"""OMERO.server: StatefulSet `<name>-server`, one replica, image repository at /OMERO.

The workload fits the public image `openmicroscopy/omero-server` as it is; docs/server-image.md says
item by item what the image does with what is set here.
"""

import base64
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from omero_operator.api.quantity import mebibytes
from omero_operator.api.v1alpha1.rules import (
    DATA_DIR,
    ICE_TRANSPORTS,
    LAST_PORT,
    NODE_DESCRIPTORS,
    managed_folder,
)
from omero_operator.api.v1alpha1.status import ConditionType
from omero_operator.desired import (
    connections,
    front_paths,
    monitoring,
    omero_config,
    parts,
    server_scripts,
)
from omero_operator.desired.component import (
    ANYONE,
    RANDOM,
    READER,
    RUN_PLUGINS,
    SMALL_HELPER,
    Component,
    Credential,
    Opening,
    Port,
    Profile,
    SecretReference,
)
from omero_operator.desired.context import Context
from omero_operator.desired.digest import digest
from omero_operator.desired.line_break import drop_line_break
from omero_operator.identity.kinds import (
    CONFIG_MAP,
    SECRET,
    STATEFUL_SET,
    VOLUME_SNAPSHOT,
    Manifest,
)
from omero_operator.identity.labels import selector

TLS_PORT = 4064
TCP_PORT = 4063
_DB_PROPERTIES = "omero.db.properties"
_HOME = "/opt/omero/server"
VAR = f"{_HOME}/OMERO.server/var"
_PYTHON = f"{_HOME}/venv3/bin/python"
_TLS = f"{parts.SECRETS_ROOT}/tls"
REGISTRY_PORT = 4061
_UPGRADE = f"""\
if {_PYTHON} -c 'import omero_start' 2>/dev/null; then
    exec {_PYTHON} -m omero_start schema
fi
echo 'this image upgrades its database when the server starts' >/dev/termination-log
"""
# All that OMERO.server runs on one node beside its processors: `_process_defaultxml` of omero-py.
_SERVERS = (
    "Blitz-0,Indexer-0,DropBox,MonitorServer,FileServer,Storm,PixelData-0,Tables-0,TestDropBox"
)

# Environment variables that come from Secrets. The image's start-up scripts take them as they are,
# and its entry point runs in bash, which reads the file that BASH_ENV names before anything else.
_FROM_SECRETS = ("CONFIG_omero_db_user", "CONFIG_omero_db_pass", "ROOTPASS")
_BASH_ENV = "/etc/omero-platform/environment.sh"
_ENVIRONMENT = drop_line_break(*_FROM_SECRETS)


def properties(ctx: Context) -> dict[str, str]:
    """OMERO properties: the user's, and what follows from the rest of the resource.

    OMERO sizes its heaps by a share of the machine's memory, not of the container's limit. It sends
    clients that want no encryption after their login to the router that a property names; where
    port 4063 is not published, that is the one with TLS.
    """
    wired = {"omero.jvmcfg.system_memory": str(mebibytes(SERVER.memory_limit(ctx.spec)))}
    if not ctx.spec.server.service.insecure_port:
        wired["omero.router.insecure"] = f"OMERO.Glacier2/router:ssl -p {TLS_PORT} -h @omero.host@"
    if ctx.spec.server.tls:
        # Ice reads PEM files as they are. It has to be told of the authorities, which its default
        # would look for in the same folder.
        ssl = {"DefaultDir": _TLS, "CertFile": "tls.crt", "KeyFile": "tls.key", "CAs": "tls.crt"}
        wired |= {f"omero.glacier2.IceSSL.{name}": value for name, value in ssl.items()}
    fixed: dict[str, str] = {}
    _, _, _, authorities = connections.libpq(connections.omero_database(ctx))
    if authorities:
        # Appended to the address of the database, as pgjdbc reads it.
        own = ctx.spec.server.config.get(_DB_PROPERTIES)
        checked = f"sslmode=verify-full&sslrootcert={authorities}"
        fixed = {_DB_PROPERTIES: "&".join(filter(None, (own, checked)))}
    if ctx.spec.server.websockets:
        # OMERO's default is the first two.
        wired[ICE_TRANSPORTS] = "ssl,tcp,ws"
    if (count := ctx.spec.server.script_processors) > 1:
        processors = ",".join(f"Processor-{number}" for number in range(count))
        wired[NODE_DESCRIPTORS] = f"master:{_SERVERS},{processors}"
    return {**wired, **ctx.spec.server.config, **fixed}


def build(ctx: Context) -> Sequence[Manifest]:
    """The objects of OMERO.server."""
    name = ctx.names.server
    config = omero_config.render(properties(ctx))
    secret_config = omero_config.render(ctx.secret_properties)
    manifests = [
        parts.account(ctx, SERVER),
        *parts.claim(ctx, SERVER, source=_restored_files(ctx)),
        ctx.manifest(
            CONFIG_MAP,
            name,
            "server",
            data=files(config),
        ),
        _service(ctx),
        _workload(ctx, config),
    ]
    if ctx.secret_properties:
        manifests.insert(
            0,
            ctx.manifest(
                SECRET,
                ctx.names.server_secret_config,
                "server",
                type="Opaque",
                data={"secret.omero": base64.b64encode(secret_config.encode()).decode()},
            ),
        )
    return manifests


def _restored_files(ctx: Context) -> Manifest | None:
    """The snapshot that a new site's volume is made from; of no use once the server has run."""
    place = ctx.spec.bootstrap.restore_from
    if place is None or not place.volume_snapshot_name or "server" in ctx.may_start:
        return None
    return {
        "apiGroup": VOLUME_SNAPSHOT.group,
        "kind": VOLUME_SNAPSHOT.name,
        "name": place.volume_snapshot_name,
    }


def files(config: str) -> dict[str, str]:
    """Content of the ConfigMap of a server.

    Args:
        config: OMERO's properties, as its command reads them.
    """
    return {
        "platform.omero": config,
        "environment.sh": _ENVIRONMENT,
        **server_scripts.FILES,
    }


def _service(ctx: Context) -> Manifest:
    settings = ctx.spec.server.service
    node_port: Manifest = {"nodePort": settings.node_port} if settings.node_port else {}
    return parts.service(
        ctx,
        ctx.names.server,
        SERVER,
        [
            *([parts.port("ice-tcp", TCP_PORT)] if settings.insecure_port else []),
            parts.port("ice-tls", TLS_PORT, **node_port),
            *(
                [parts.port("ice-ws", front_paths.WEBSOCKET_PORT)]
                if ctx.spec.server.websockets
                else []
            ),
        ],
        type=settings.type,
        annotations=settings.annotations,
    )


def _workload(ctx: Context, config: str) -> Manifest:
    name = ctx.names.server
    return ctx.manifest(
        STATEFUL_SET,
        name,
        "server",
        annotations=ctx.started("server"),
        spec={
            "serviceName": name,
            # Only one read-write server may own a database and a repository.
            "replicas": ctx.replicas(1, "server"),
            "podManagementPolicy": "Parallel",
            "selector": {"matchLabels": selector(ctx.name, "server")},
            "template": template(ctx, SERVER, name, config),
        },
    )


def template(ctx: Context, component: Component, name: str, config: str) -> Manifest:
    """The pod of a server.

    Args:
        ctx: Build context.
        component: The server, or its read-only ones.
        name: Name of its ConfigMap.
        config: OMERO's properties in it.
    """
    reads = component.name == READER
    database = connections.omero_database(ctx)
    root_secret, _ = connections.root_password(ctx)
    checksums = {
        "config": digest(config),
        "database": ctx.checksums.get(database.secret, ""),
        **({} if reads else {"root": ctx.checksums.get(root_secret, "")}),
        **connections.authority_checksum(ctx, database),
    }
    env, password, password_mount = connections.client("OMERO_DB", "omero-db", database)
    volumes = [
        password,
        parts.claim_volume(ctx, "data", SERVER),
        {"name": "config", "configMap": {"name": name}},
        parts.empty_dir("var"),
        parts.empty_dir("tmp"),
        *connections.libpq(database)[1],
    ]
    if ctx.secret_properties:
        secret = ctx.names.server_secret_config
        checksums["properties"] = ctx.checksums.get(secret, "")
        volumes.append(
            {"name": "secret-config", "secret": {"secretName": secret, "defaultMode": 0o440}}
        )
    if tls := ctx.spec.server.tls:
        checksums["tls"] = ctx.checksums.get(tls.secret_name, "")
        keys = [{"key": key, "path": key} for key in ("tls.crt", "tls.key")]
        source = {"secretName": tls.secret_name, "defaultMode": 0o440, "items": keys}
        volumes.append({"name": "tls", "secret": source})
    # OME's service files allow the server 300 s to stop, after its imports.
    drain = 0 if reads else ctx.spec.server.drain_seconds
    return parts.pod_template(
        ctx,
        component,
        checksums=checksums,
        initContainers=[_check_repository(ctx, env, password_mount), _prepare_var(ctx)],
        containers=[_reading(ctx) if reads else _container(ctx)],
        volumes=volumes,
        terminationGracePeriodSeconds=drain + 300,
        topologySpreadConstraints=parts.spread(ctx, component) if reads else [],
    )


def _reading(ctx: Context) -> Manifest:
    """The container of a server that changes nothing: neither the volume nor the database."""
    made, name = _container(ctx), ctx.names.read_only_server
    others = ("ROOTPASS", "OMERO_TLS_NAMES")
    agents = monitoring.jmx(ctx).keys() - monitoring.jmx(ctx, read_only=True).keys()
    return {
        **made,
        "ports": [each for each in made["ports"] if each["name"] not in agents],
        "env": [
            *(each for each in made["env"] if each["name"] not in others),
            # For the platform's own image.
            *parts.env(
                OMERO_READ_ONLY="true", OMERO_TLS_NAMES=f"{name},{name}.{ctx.namespace}.svc"
            ),
        ],
        "volumeMounts": [
            *(
                {**each, "readOnly": True} if each["mountPath"] == DATA_DIR else each
                for each in made["volumeMounts"]
            ),
            # The public image runs what it can execute there; this is what makes and upgrades the
            # database.
            parts.mount("config", "/startup/60-database.sh", "environment.sh"),
        ],
        "lifecycle": {"preStop": _script("server_drain.py", "0")},
    }


def schema_template(ctx: Context, labels: Manifest) -> Manifest:
    """The server's pod without the server: what brings the database up to date, and ends.

    The platform's own image upgrades a schema only where it is told to, and this is where. The
    public image does it when the server starts.

    Args:
        ctx: Build context.
        labels: Labels of the pod; those of the server would make it an address of its Service.
    """
    pod = _workload(ctx, omero_config.render(properties(ctx)))["spec"]["template"]["spec"]
    (own,) = pod["containers"]
    parts_of = ("name", "image", "imagePullPolicy", "securityContext", "resources", "volumeMounts")
    container = {
        **{key: own[key] for key in parts_of},
        "command": ["sh", "-c", _UPGRADE],
        "env": [*own["env"], *parts.env(OMERO_DB_UPGRADE="allow")],
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }
    spec = {**pod, "containers": [container], "restartPolicy": "Never"}
    return {"metadata": {"labels": labels}, "spec": spec}


def _check_repository(ctx: Context, env: Sequence[Manifest], password: Manifest) -> Manifest:
    """Whether volume and database belong together, before the server makes them so.

    OMERO.server makes a new database beside any images, and a new repository for any database.
    """
    folders = parts.env(OMERO_DATA_DIR=DATA_DIR, OMERO_MANAGED_DIR=managed_folder(ctx.spec))
    return parts.container(
        ctx,
        "check-repository",
        ctx.images.maintenance,
        command=["check-repository"],
        env=[*env, *folders],
        volumeMounts=[
            password,
            {**parts.mount("data", DATA_DIR), "readOnly": True},
            parts.mount("tmp", parts.TMP),
        ],
        resources=SMALL_HELPER.resources(ctx.spec.helpers.resources),
    )


def _prepare_var(ctx: Context) -> Manifest:
    """Folders that OMERO.server expects in an empty var (openmicroscopy issue 6448)."""
    return parts.container(
        ctx,
        "prepare-var",
        ctx.images.server,
        command=["mkdir", "-p", *(f"{VAR}/{folder}" for folder in ("log", "tmp"))],
        volumeMounts=[parts.mount("var", VAR)],
        resources=SMALL_HELPER.resources(ctx.spec.helpers.resources),
    )


def _container(ctx: Context) -> Manifest:
    database = connections.omero_database(ctx)
    root_secret, root_key = connections.root_password(ctx)
    insecure_port = ctx.spec.server.service.insecure_port
    mounts = [
        parts.mount("data", DATA_DIR),
        parts.mount("var", VAR),
        parts.mount("tmp", parts.TMP),
        parts.mount("config", f"{_HOME}/config/90-platform.omero", "platform.omero"),
        parts.mount("config", _BASH_ENV, "environment.sh"),
        *(
            parts.mount("config", f"{server_scripts.FOLDER}/{name}", name)
            for name in server_scripts.FILES
        ),
    ]
    if ctx.secret_properties:
        mounts.append(
            parts.mount("secret-config", f"{_HOME}/config/91-secret.omero", "secret.omero")
        )
    encrypted, _, authorities, _ = connections.libpq(database)
    mounts += authorities
    if ctx.spec.server.tls:
        mounts.append({"name": "tls", "mountPath": _TLS, "readOnly": True})
    agents = monitoring.jmx(ctx)
    # Where imports and attachments are written.
    repository = (managed_folder(ctx.spec), f"{DATA_DIR}/Files", f"{DATA_DIR}/Pixels")
    return parts.container(
        ctx,
        "omero-server",
        ctx.images.server,
        # The image writes its configuration below OMERO.server/etc at every start.
        read_only=False,
        env=[
            # The image's start-up scripts read the database from exactly these variables.
            *parts.env(
                CONFIG_omero_db_host=database.host,
                CONFIG_omero_db_port=str(database.port),
                CONFIG_omero_db_name=database.database,
                # omego, which prepares the database, knows the port from here alone.
                PGPORT=str(database.port),
                BASH_ENV=_BASH_ENV,
                OMERO_TMPDIR=parts.TMP,
                # For the certificate that the platform's own image makes.
                OMERO_TLS_NAMES=f"{ctx.names.server},{ctx.names.server}.{ctx.namespace}.svc",
                TZ=ctx.spec.time_zone,
                # For the platform's own image, which has the agent.
                **({"OMERO_JMX_PORT": str(min(agents.values()))} if agents else {}),
            ),
            parts.secret_env("CONFIG_omero_db_user", database.secret, database.user_key),
            parts.secret_env("CONFIG_omero_db_pass", database.secret, database.password_key),
            parts.secret_env("ROOTPASS", root_secret, root_key),
            # For the start-up, which asks the database by libpq.
            *encrypted,
        ],
        ports=[
            # It always listens on both.
            *([parts.container_port("ice-tcp", TCP_PORT)] if insecure_port else []),
            parts.container_port("ice-tls", TLS_PORT),
            *(
                [parts.container_port("ice-ws", front_paths.WEBSOCKET_PORT)]
                if ctx.spec.server.websockets
                else []
            ),
            *(parts.container_port(name, port) for name, port in agents.items()),
        ],
        resources=SERVER.resources(ctx.spec),
        volumeMounts=mounts,
        # Glacier2 listens before Blitz works, and the kernel accepts connections for a server that
        # has stopped, so all probes ask Blitz itself.
        startupProbe=parts.probe(
            _script("server_starts.py", str(TLS_PORT)),
            period=5,
            timeout=15,
            failures=-(-ctx.spec.server.start_seconds // 5),
        ),
        readinessProbe=parts.probe(
            _script("server_answers.py", str(TLS_PORT), str(REGISTRY_PORT)),
            # Seldom, since each starts a Python in the container for as long as the site lives.
            period=10,
            timeout=10,
            failures=2,
        ),
        livenessProbe=parts.probe(
            _script("server_alive.py", str(REGISTRY_PORT), f"{VAR}/log/Blitz-0.log", *repository),
            period=60,
            timeout=30,
            failures=3,
        ),
        lifecycle={
            "preStop": _script("server_drain.py", str(ctx.spec.server.drain_seconds), *repository)
        },
    )


def _script(name: str, *arguments: str) -> Manifest:
    """What runs one of the scripts in the container."""
    command = [_PYTHON, "-B", f"{server_scripts.FOLDER}/{name}", *arguments]
    return {"exec": {"command": command}}


def _secrets(ctx: Context) -> Sequence[Credential]:
    if ctx.spec.server.root_password_secret_ref:
        return []
    return [
        Credential(
            ctx.names.root_credentials,
            "server",
            (("username", "root"), ("password", RANDOM)),
            lives_in="OMERO's database stores the password of its root user",
            data="database",
            purpose="root-password",
        )
    ]


def secret_references(ctx: Context, user: str) -> Iterator[SecretReference]:
    """The Secrets that a server reads.

    Args:
        ctx: Build context.
        user: Name of the component.
    """
    if tls := ctx.spec.server.tls:
        keys = ("tls.crt", "tls.key")
        yield SecretReference(user, "spec.server.tls.secretName", tls.secret_name, keys)
    for reference in ctx.spec.server.config_secret_refs:
        key = reference.secret_key_ref
        path = f"spec.server.configSecretRefs[{reference.property}]"
        yield SecretReference(user, path, key.name, (key.key,), ("property",))


def _secret_references(ctx: Context) -> Iterator[SecretReference]:
    yield from connections.root_password_references(ctx.spec.server, "server")
    yield from secret_references(ctx, "server")


def _ports(ctx: Context) -> Sequence[Port]:
    """What it listens on; users' scripts come back to it by its own Service."""
    # Desktop clients come from anywhere; who may reach the Service is the site's decision.
    anyone = (ANYONE,) if ctx.spec.server.service.insecure_port else ()
    return (
        Port(TLS_PORT, (ANYONE, "server", *RUN_PLUGINS, "bootstrap", *monitoring.clients(ctx))),
        Port(TCP_PORT, ("server", *anyone)),
        # The Ingress controller runs in a namespace that the operator cannot know.
        *([Port(front_paths.WEBSOCKET_PORT, (ANYONE,))] if ctx.spec.server.websockets else []),
        *monitoring.ports(ctx, *monitoring.jmx(ctx).values()),
    )


def _openings(ctx: Context) -> Iterator[Opening]:
    """Where OMERO's own configuration sends it: its directory of users, and mail.

    The properties: https://omero.readthedocs.io/en/stable/sysadmins/config.html
    """
    config = {**ctx.spec.server.config, **ctx.secret_properties}
    if config.get("omero.ldap.config", "").lower() == "true":
        for url in config.get("omero.ldap.urls", "").split(","):
            with suppress(ValueError):
                address = urlsplit(url.strip())
                port = address.port or {"ldaps": 636}.get(address.scheme, 389)
                if address.hostname and port:
                    yield Opening(port, "omero.ldap.urls", (address.hostname,))
    host, port_text = config.get("omero.mail.host", ""), config.get("omero.mail.port", "25")
    # What is no port is OMERO's to complain about.
    if (
        config.get("omero.mail.config", "").lower() == "true"
        and host
        and re.fullmatch("[1-9][0-9]{0,4}", port_text)
        and int(port_text) <= LAST_PORT
    ):
        yield Opening(int(port_text), "omero.mail.host", (host,))


SERVER = Component(
    name="server",
    title="OMERO.server",
    condition=ConditionType.SERVER,
    build=build,
    block="server",
    image="server",
    workload=lambda ctx: (STATEFUL_SET, ctx.names.server),
    requires=("database", "restore"),
    # OME advises 4 GB and up; small is a trial.
    sizes={
        "small": Profile("250m", "1Gi", "4Gi"),
        "medium": Profile("2", "8Gi", "16Gi"),
        "large": Profile("8", "32Gi", "64Gi"),
    },
    volume=lambda names: names.server,
    ports=_ports,
    openings=_openings,
    secrets=_secrets,
    secret_references=_secret_references,
)
