{{/* Name of every object of the chart: "<release>-operator", or the release's own name when that already says operator. */}}
{{- define "omero-operator.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains "operator" .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-operator" (.Release.Name | trunc 43 | trimSuffix "-") -}}
{{- end -}}
{{- end -}}

{{- define "omero-operator.serviceAccountName" -}}
{{- default (include "omero-operator.fullname" .) .Values.serviceAccount.name -}}
{{- end -}}

{{/* The watched namespaces as a JSON list: empty for all of them. */}}
{{- define "omero-operator.watchNamespaces" -}}
{{- if eq .Values.scope "cluster" -}}
[]
{{- else -}}
{{- default (list .Release.Namespace) .Values.watchNamespaces | toJson -}}
{{- end -}}
{{- end -}}
