#!/bin/sh
# The probes of a worker: does its main loop run, does it take messages, can it do jobs?
#
#     worker_probe.sh worker-started|worker-alive|worker-ready [SECONDS]
#
# In sh, because they run every few seconds in each container for as long as a site lives: this
# takes 4 ms of processor time, and the start of Python 60.
#
# The operator takes the first word of what a failed probe says, where it is in CamelCase and before
# a colon, as the reason of its condition. It learns of them by Events, of which the kubelet sends
# 25 for a pod, and then one in five minutes. So the probes of a worker that starts, or cannot work,
# look for a while before they fail: a container has two Events in a minute, and recovers at once.

# Written every 5 s by omero_plugin_common.heartbeat: its age shows whether the main loop runs; it
# contains what keeps the worker from its queue.
sign=${TMPDIR:-/tmp}/worker-alive
oldest=60
# Written by omero_plugin_common.readiness: what keeps the worker from doing jobs.
problem=${TMPDIR:-/tmp}/worker-problem

# Sets `said` to what is wrong with the sign of life.
life() {
    said=
    now=$(date +%s)
    changed=$(stat -c %Y "$sign" 2>/dev/null) || {
        said="$sign does not exist: the worker has not started, or has stopped"
        return
    }
    age=$((now - changed))
    [ "$age" -le "$oldest" ] || said="$sign is $age s old: the worker's main loop hangs"
}

# Sets `said` to what keeps the worker from messages or jobs; a restart would not help it.
work() {
    life
    [ -z "$said" ] || return
    if [ -s "$sign" ]; then
        said="QueueUnreachable: the worker cannot use its queue in Redis: $(cat "$sign")"
    elif [ -e "$problem" ]; then
        said="PluginDatabaseUnusable: $(cat "$problem")"
    fi
}

# Shorter than the time-outs of the probes, in `desired/celery.py` of the operator.
case $1 in
worker-started) look=life seconds=${2:-25} ;;
worker-alive) look=life seconds=${2:-0} ;;
worker-ready) look=work seconds=${2:-20} ;;
*)
    echo "usage: worker_probe.sh worker-started|worker-alive|worker-ready [SECONDS]" >&2
    exit 2
    ;;
esac
$look
until=$((now + seconds))
while [ -n "$said" ] && [ "$now" -lt "$until" ]; do
    sleep 0.5
    $look
done
[ -z "$said" ] || {
    printf '%s\n' "$said" >&2
    exit 1
}
