{{/* Name of a part's objects: include "omero-monitoring.name" (dict "root" $ "part" "prometheus"). */}}
{{- define "omero-monitoring.name" -}}
{{- printf "%s-%s" (.root.Release.Name | trunc 38 | trimSuffix "-") .part -}}
{{- end -}}

{{- define "omero-monitoring.selectorLabels" -}}
app.kubernetes.io/name: {{ .part }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/part-of: omero-monitoring
{{- end -}}

{{- define "omero-monitoring.labels" -}}
{{ include "omero-monitoring.selectorLabels" . }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "omero-monitoring.metadata" -}}
name: {{ include "omero-monitoring.name" . }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "omero-monitoring.labels" . | nindent 2 }}
{{- end -}}

{{/* The same for objects without a namespace, whose names are the cluster's. */}}
{{- define "omero-monitoring.clusterMetadata" -}}
name: {{ printf "%s-%s" .root.Release.Namespace (include "omero-monitoring.name" .) | trunc 63 | trimSuffix "-" }}
labels:
  {{- include "omero-monitoring.labels" . | nindent 2 }}
{{- end -}}

{{/* Where a part listens, for other parts. */}}
{{- define "omero-monitoring.address" -}}
{{ include "omero-monitoring.name" . }}.{{ .root.Release.Namespace }}:{{ .port }}
{{- end -}}

{{- define "omero-monitoring.logStore" -}}
{{- ternary "loki" "victorialogs" (eq .Values.logs.stack "loki") -}}
{{- end -}}

{{- define "omero-monitoring.collector" -}}
{{- ternary "alloy" "otel-collector" (eq .Values.logs.stack "loki") -}}
{{- end -}}
