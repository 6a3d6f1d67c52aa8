{{/* The operator reads its settings from these variables only; `python -m omero_operator --help` explains them. */}}
{{- define "omero-operator.env" -}}
- name: OPERATOR_NAMESPACE
  valueFrom:
    fieldRef: {fieldPath: metadata.namespace}
- name: POD_NAME
  valueFrom:
    fieldRef: {fieldPath: metadata.name}
- name: WATCH_NAMESPACES
  value: {{ include "omero-operator.watchNamespaces" . | fromJsonArray | join "," | quote }}
- name: LEASE_NAME
  value: {{ include "omero-operator.fullname" . }}
{{- range $name, $image := omit .Values.global.images "operator" }}
{{- if kindIs "map" $image }}
- name: IMAGE_{{ snakecase $name | upper }}
  value: {{ include "omero-operator.image" (dict "root" $ "name" $name) }}
{{- end }}
{{- end }}
- name: IMAGE_PULL_POLICY
  value: {{ .Values.global.images.pullPolicy }}
- name: IMAGE_PULL_SECRETS
  value: {{ join "," .Values.global.images.pullSecrets | quote }}
- name: IMAGE_VOLUMES
{{- if eq .Values.imageVolumes "auto" }}
  value: {{ semverCompare ">=1.35-0" .Capabilities.KubeVersion.Version | quote }}
{{- else }}
  value: {{ eq .Values.imageVolumes "always" | quote }}
{{- end }}
- name: RELEASE
  value: {{ include "omero-operator.release" . | quote }}
- name: RELEASES_FILE
  value: /etc/omero-operator/releases.yaml
- name: HEALTH_PORT
  value: "8080"
- name: METRICS_PORT
  value: "8081"
- name: LOG_LEVEL
  value: {{ upper .Values.logLevel }}
- name: LOG_FORMAT
  value: {{ .Values.logFormat }}
- name: FULL_PASS_SECONDS
  value: {{ .Values.fullPassSeconds | toString | quote }}
{{- end -}}
