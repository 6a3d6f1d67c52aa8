"""What the operator ring needs: an API server, the operator as a process, and a hand at its pulse.

Real: API server, etcd, controllers, the operator with the chart's own rights. Played: the kubelet
(`kubelet.py`), because this ring has no node, and faults of the network (`proxy.py`).
"""
