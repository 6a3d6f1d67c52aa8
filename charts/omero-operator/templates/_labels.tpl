{{- define "omero-operator.selectorLabels" -}}
app.kubernetes.io/name: omero-operator
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end -}}

{{/* The pod of `helm test`, which is no operator. */}}
{{- define "omero-operator.testSelectorLabels" -}}
app.kubernetes.io/name: omero-operator
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: test
{{- end -}}

{{/* What runs once after `helm uninstall`. */}}
{{- define "omero-operator.uninstallLabels" -}}
app.kubernetes.io/name: omero-operator
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: uninstall
app.kubernetes.io/part-of: omero-platform
{{- end -}}

{{/* Its annotations; the argument is the place in the order. All of it is removed when it is done. */}}
{{- define "omero-operator.uninstallHook" -}}
helm.sh/hook: post-delete
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}

{{- define "omero-operator.labels" -}}
{{ include "omero-operator.selectorLabels" . }}
app.kubernetes.io/part-of: omero-platform
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- /* Annotations of what stays: on `helm uninstall`, and for Argo CD and Flux when it vanishes from Git. */}}
{{- define "omero-operator.keep" -}}
helm.sh/resource-policy: keep
kustomize.toolkit.fluxcd.io/prune: disabled
argocd.argoproj.io/sync-options: Prune=false,Delete=false
argocd.argoproj.io/compare-options: IgnoreExtraneous
{{- end }}
