"""The packet filter and kernel settings: what a node adds, and how it is taken away again."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from tools.common.commands import output_of, run, succeeds
from tools.common.paths import write_whole

from .settings import Settings

# kube-proxy, kubelet and the CNI plugins name all of their chains so.
_FOREIGN_CHAINS = r"(?:KUBE|CNI)-"

_KERNEL_SETTINGS = (
    "net/ipv4/ip_forward",
    "net/ipv4/conf/all/route_localnet",
    "net/ipv4/vs/conntrack",
    "net/netfilter/nf_conntrack_max",
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
)


def has_nat() -> bool:
    """Tell whether the kernel can translate addresses."""
    return succeeds(["iptables", "-t", "nat", "-S", "PREROUTING"])


def _save(program: str) -> str:
    """Return the packet filter's rules, or nothing where there is no such filter."""
    ended = run([f"{program}-save"])
    return ended.stdout if ended.returncode == 0 else ""


def has_kubernetes_chains() -> bool:
    """Tell whether there are chains as a node makes them."""
    return re.search(rf"^:{_FOREIGN_CHAINS}", _save("iptables"), re.MULTILINE) is not None


def snapshot_file(settings: Settings) -> Path:
    """Return where the machine's state before the first ``up`` is kept."""
    return settings.folder / "machine-before.json"


def take_snapshot(settings: Settings) -> None:
    """Keep, once, what the node will change: kernel settings, and which filter tables exist."""
    if snapshot_file(settings).exists():
        return
    kernel = {
        name: path.read_text(encoding="ascii").strip()
        for name in _KERNEL_SETTINGS
        if (path := Path("/proc/sys") / name).exists()
    }
    tables = {program: table_names(_save(program)) for program in ("iptables", "ip6tables")}
    write_whole(snapshot_file(settings), json.dumps({"kernel": kernel, "tables": tables}, indent=1))


def table_names(saved: str) -> list[str]:
    """Return the tables in the words of ``iptables-save``."""
    return re.findall(r"^\*(\S+)$", saved, re.MULTILINE)


def add_loopback_rule(settings: Settings) -> None:
    """Lead the loopback address in the kubeconfig to where the API server listens."""
    chain = settings.firewall_chain
    port = str(settings.ports["api-server"])
    nat = ["iptables", "--wait", "-t", "nat"]
    if not succeeds([*nat, "-S", chain]):
        output_of([*nat, "-N", chain])
    rule = ["-p", "tcp", "-d", "127.0.0.1", "--dport", port, "-j", "DNAT"]
    rule += ["--to-destination", f"{settings.node_address}:{port}"]
    for owner, words in ((chain, rule), ("OUTPUT", ["-j", chain])):
        if not succeeds([*nat, "-C", owner, *words]):
            output_of([*nat, "-A", owner, *words])


def without_our_rules(saved: str, own_chain: str) -> str:
    """Return the packet filter's rules less those that a node has added.

    Args:
        saved: All rules, in the words of ``iptables-save``.
        own_chain: The name of the cluster's own chain.
    """
    ours = re.compile(rf"(?:^:|\s-[jgA] |^-A )(?:{_FOREIGN_CHAINS}|{re.escape(own_chain)}\b)")
    return "".join(row for row in saved.splitlines(keepends=True) if not ours.search(row))


def restore(settings: Settings) -> None:
    """Take the node's rules away and set the kernel as it was before."""
    if not snapshot_file(settings).exists():
        return
    before = json.loads(snapshot_file(settings).read_text(encoding="utf-8"))
    for program, family in (("iptables", "ip"), ("ip6tables", "ip6")):
        saved = _save(program)
        cleaned = without_our_rules(saved, settings.firewall_chain)
        if cleaned != saved:
            output_of([f"{program}-restore", "--wait"], stdin=cleaned)
        _drop_emptied_tables(program, family, before["tables"][program])
    for name, value in before["kernel"].items():
        path = Path("/proc/sys") / name
        if path.read_text(encoding="ascii").strip() != value:
            path.write_text(value, encoding="ascii")


def _drop_emptied_tables(program: str, family: str, before: list[str]) -> None:
    """Drop the tables that were not there before and hold no rule now.

    The older iptables has all tables always; only the one on nftables makes and shows them.
    """
    if shutil.which("nft") is None or "nf_tables" not in output_of([program, "--version"]):
        return
    for table in table_names(_save(program)):
        if table not in before and not _has_rules(program, table):
            succeeds(["nft", "delete", "table", family, table])


def _has_rules(program: str, table: str) -> bool:
    """Tell whether a table holds any rule or chain beside the built-in ones."""
    listed = output_of([program, "-t", table, "-S"])
    return any(not row.startswith("-P ") for row in listed.splitlines())
