{{/*
Rights on objects of the watched namespaces: a Role in each of them, or one ClusterRole where all are watched. With "own", also in
the namespace of the release.
include "omero-monitoring.rights" (dict "root" $ "part" "prometheus" "rules" (list …))
*/}}
{{- define "omero-monitoring.rights" -}}
{{- $binding := dict "root" .root "part" .part -}}
{{- if .root.Values.namespaces }}
{{- range $namespace := ternary (include "omero-monitoring.logNamespaces" .root | fromJsonArray) .root.Values.namespaces (not (empty .own)) }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ include "omero-monitoring.name" $binding }}
  namespace: {{ $namespace }}
  labels:
    {{- include "omero-monitoring.labels" $binding | nindent 4 }}
rules:
  {{- toYaml $.rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ include "omero-monitoring.name" $binding }}
  namespace: {{ $namespace }}
  labels:
    {{- include "omero-monitoring.labels" $binding | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ include "omero-monitoring.name" $binding }}
subjects:
  - kind: ServiceAccount
    name: {{ include "omero-monitoring.name" $binding }}
    namespace: {{ $.root.Release.Namespace }}
{{- end }}
{{- end }}
{{- $rules := concat (ternary (list) .rules (not (empty .root.Values.namespaces))) (.clusterRules | default list) }}
{{- if $rules }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  {{- include "omero-monitoring.clusterMetadata" $binding | nindent 2 }}
rules:
  {{- toYaml $rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  {{- include "omero-monitoring.clusterMetadata" $binding | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ (include "omero-monitoring.clusterMetadata" $binding | fromYaml).name }}
subjects:
  - kind: ServiceAccount
    name: {{ include "omero-monitoring.name" $binding }}
    namespace: {{ .root.Release.Namespace }}
{{- end }}
{{- end -}}

{{/* The namespaces whose pods' output is read, as a list in JSON; empty for all. The operator's is among them. */}}
{{- define "omero-monitoring.logNamespaces" -}}
{{- if .Values.namespaces -}}
{{- append .Values.namespaces .Release.Namespace | uniq | toJson -}}
{{- else -}}
[]
{{- end -}}
{{- end -}}
