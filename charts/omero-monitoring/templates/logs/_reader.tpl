{{/*
What a collector needs of its node: the files of pods, which only root may read, and a folder for its positions.
All other rights of root are dropped.
*/}}
{{- define "omero-monitoring.logReader" -}}
terminationGracePeriodSeconds: 60
securityContext:
  runAsUser: 0
  runAsGroup: 0
  seccompProfile:
    type: RuntimeDefault
{{- end -}}

{{- define "omero-monitoring.logReaderContainer" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
    # Files of other users may be read, none written.
    add: [DAC_READ_SEARCH]
{{- end -}}

{{- define "omero-monitoring.logReaderMounts" -}}
- {name: output, mountPath: {{ .Values.logs.podLogsFolder }}, readOnly: true}
- {name: pods, mountPath: {{ printf "%s/pods" .Values.logs.kubeletFolder }}, readOnly: true, mountPropagation: HostToContainer}
- {name: positions, mountPath: /var/lib/omero-monitoring}
{{- end -}}

{{- define "omero-monitoring.logReaderVolumes" -}}
- name: output
  hostPath: {path: {{ .Values.logs.podLogsFolder }}}
- name: pods
  hostPath: {path: {{ printf "%s/pods" .Values.logs.kubeletFolder }}}
- name: positions
  hostPath: {path: {{ .Values.logs.positionsFolder }}, type: DirectoryOrCreate}
{{- end -}}
