{{/* What the restricted Pod Security profile asks for, and the ids that pod.securityContext has. */}}
{{- define "omero-operator.podSecurityContext" -}}
runAsNonRoot: true
{{- range $id := list "runAsUser" "runAsGroup" "fsGroup" }}
{{- with get $.Values.pod.securityContext $id }}
{{ $id }}: {{ int64 . }}
{{- end }}
{{- end }}
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "omero-operator.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}
