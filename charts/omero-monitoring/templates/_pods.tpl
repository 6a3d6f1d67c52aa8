{{/* Full reference of an image, as in charts/omero-operator: include "omero-monitoring.image" (dict "root" $ "image" .Values.x.image) */}}
{{- define "omero-monitoring.image" -}}
{{- $repository := .image.repository -}}
{{- with .root.Values.global.images.registry -}}
{{- $path := regexReplaceAll "^(localhost|[^/]*[.:][^/]*)/" $repository "" -}}
{{- $repository = printf "%s/%s" (trimSuffix "/" .) $path -}}
{{- end -}}
{{- if .image.digest -}}
{{- printf "%s@%s" $repository .image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository .image.tag -}}
{{- end -}}
{{- end -}}

{{/* The lines of a container that are the same for all of them. */}}
{{- define "omero-monitoring.container" -}}
image: {{ include "omero-monitoring.image" (dict "root" .root "image" .values.image) }}
imagePullPolicy: {{ .root.Values.global.images.pullPolicy }}
resources:
  {{- toYaml .values.resources | nindent 2 }}
terminationMessagePolicy: FallbackToLogsOnError
{{- end -}}

{{/* What the restricted Pod Security profile asks for. */}}
{{- define "omero-monitoring.restricted" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end -}}

{{/* The lines of a pod that are the same for all of them; "account" is true where it asks the API server. */}}
{{- define "omero-monitoring.pod" -}}
serviceAccountName: {{ include "omero-monitoring.name" . }}
automountServiceAccountToken: {{ .account | default false }}
enableServiceLinks: false
{{- with .root.Values.global.images.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .root.Values.pod.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}

{{- define "omero-monitoring.placement" -}}
{{- with .Values.pod.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.pod.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "omero-monitoring.podSecurityContext" -}}
securityContext:
  runAsNonRoot: true
  {{- range $id := list "runAsUser" "runAsGroup" "fsGroup" }}
  {{- with get $.Values.pod.securityContext $id }}
  {{ $id }}: {{ int64 . }}
  {{- end }}
  {{- end }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- end -}}

{{- define "omero-monitoring.account" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "omero-monitoring.metadata" . | nindent 2 }}
automountServiceAccountToken: false
{{- end -}}

{{/* A Service for one port that has the part's only name. */}}
{{- define "omero-monitoring.service" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "omero-monitoring.metadata" . | nindent 2 }}
spec:
  type: ClusterIP
  ipFamilyPolicy: PreferDualStack
  selector:
    {{- include "omero-monitoring.selectorLabels" . | nindent 4 }}
  ports:
    - name: http
      port: {{ .port }}
      targetPort: {{ .port }}
{{- end -}}

{{- define "omero-monitoring.claim" -}}
metadata:
  name: data
spec:
  accessModes: [ReadWriteOnce]
  {{- with .storage.className }}
  storageClassName: {{ . }}
  {{- end }}
  resources:
    requests:
      storage: {{ .storage.size }}
{{- end -}}
