{{/*
What the operator may do in each watched namespace. A contract test compares this list with the kinds that its plan can emit.
Of a platform it patches the status, and the finalizer under deletionPolicy Delete; a spec it was given is never changed.
*/}}
{{- define "omero-operator.rules" -}}
- apiGroups: [platform.omero.dev]
  resources: [omeroplatforms]
  verbs: [get, list, watch, patch]
- apiGroups: [platform.omero.dev]
  resources: [omeroplatforms/status]
  verbs: [patch]
- apiGroups: [""]
  resources: [configmaps, persistentvolumeclaims, secrets, serviceaccounts, services]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [apps]
  resources: [deployments, statefulsets]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [batch]
  resources: [cronjobs, jobs]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [networking.k8s.io]
  resources: [ingresses, networkpolicies]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [get, list, watch, create, patch, delete]
# Kinds that a cluster may lack: then these rules mean nothing.
- apiGroups: [gateway.networking.k8s.io]
  resources: [httproutes, tcproutes, tlsroutes]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [keda.sh]
  resources: [scaledobjects, triggerauthentications]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [postgresql.cnpg.io]
  resources: [clusters, poolers, scheduledbackups]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [postgresql.cnpg.io]
  resources: [backups]
  verbs: [get, list]
- apiGroups: [barmancloud.cnpg.io]
  resources: [objectstores]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch, create, patch, delete]
# The rights of the admin tools. Kubernetes lets nobody give rights that they do not have themselves, so the last two rules are theirs, too.
- apiGroups: [rbac.authorization.k8s.io]
  resources: [roles, rolebindings]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [metrics.k8s.io]
  resources: [pods]
  verbs: [get, list]
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch]
- apiGroups: [""]
  resources: [events]
  verbs: [get, list, create, patch]
{{- end -}}

{{/* What it may read besides when it watches every namespace; without these it reports less, but works. */}}
{{- define "omero-operator.clusterRules" -}}
- apiGroups: [storage.k8s.io]
  resources: [storageclasses]
  verbs: [get, list]
- apiGroups: [networking.k8s.io]
  resources: [ingressclasses]
  verbs: [get, list]
- apiGroups: [""]
  resources: [namespaces]
  verbs: [get, list, watch]
- apiGroups: [apiextensions.k8s.io]
  resources: [customresourcedefinitions]
  verbs: [get, list, watch]
# Whether spec.deletionProtection has an effect.
- apiGroups: [admissionregistration.k8s.io]
  resources: [validatingadmissionpolicies, validatingadmissionpolicybindings]
  resourceNames: [omero-platforms-deletion-protection]
  verbs: [get]
{{- end -}}

{{/* What taking a finalizer from platforms needs, and nothing else: `omero-operator release-finalizers`. */}}
{{- define "omero-operator.uninstallRules" -}}
- apiGroups: [platform.omero.dev]
  resources: [omeroplatforms]
  verbs: [get, list, patch]
{{- end -}}
