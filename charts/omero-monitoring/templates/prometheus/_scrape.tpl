{{- define "omero-monitoring.sdNamespaces" -}}
{{- with .Values.namespaces }}
namespaces:
  names: {{ toJson . }}
{{- end }}
{{- end -}}

{{/* Labels of a target that come from its pod. */}}
{{- define "omero-monitoring.podLabels" -}}
- {source_labels: [__meta_kubernetes_namespace], target_label: namespace}
- {source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_instance], target_label: instance}
- {source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_component], target_label: component}
- {source_labels: [__meta_kubernetes_pod_name], target_label: pod}
- {source_labels: [__meta_kubernetes_pod_container_name], target_label: container}
{{- end -}}

{{/* The jobs that ask pods of this release, by the name of their part. */}}
{{- define "omero-monitoring.ownPods" -}}
kubernetes_sd_configs:
  - role: pod
    namespaces:
      names: [{{ .root.Release.Namespace }}]
    selectors:
      - role: pod
        label: app.kubernetes.io/part-of=omero-monitoring,app.kubernetes.io/instance={{ .root.Release.Name }}{{ with .part }},app.kubernetes.io/name={{ . }}{{ end }}
relabel_configs:
  - {source_labels: [__meta_kubernetes_pod_container_port_name], regex: metrics, action: keep}
{{- end -}}

{{- define "omero-monitoring.kubeletJob" -}}
scheme: https
authorization:
  credentials_file: /var/run/secrets/kubernetes.io/serviceaccount/token
tls_config:
  ca_file: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt
  insecure_skip_verify: {{ not .Values.prometheus.kubelet.verifyCertificate }}
# Each sample says itself which pod of which namespace it is about.
honor_labels: true
kubernetes_sd_configs:
  - role: node
relabel_configs:
  - {source_labels: [__meta_kubernetes_node_name], target_label: node}
metric_relabel_configs:
  {{- with .Values.namespaces }}
  # Samples about other namespaces are dropped; those about the node itself have no namespace.
  - {source_labels: [namespace], regex: {{ printf "(%s)?" (join "|" .) | quote }}, action: keep}
  {{- end }}
{{- end -}}

{{/* What a probe asks: the target becomes a parameter, and the connection goes to the blackbox exporter. */}}
{{- define "omero-monitoring.probeRelabel" -}}
- {source_labels: [__address__], target_label: __param_target}
- {source_labels: [__param_target], target_label: target}
- {target_label: __address__, replacement: {{ include "omero-monitoring.address" (dict "root" . "part" "blackbox" "port" 9115) | quote }}}
{{- end -}}

{{/* The login pages of the sites with an Ingress; the caller says by which address. */}}
{{- define "omero-monitoring.loginPageProbe" -}}
metrics_path: /probe
params:
  module: [http_2xx]
kubernetes_sd_configs:
  - role: ingress
    {{- include "omero-monitoring.sdNamespaces" . | nindent 4 }}
    selectors:
      - role: ingress
        label: app.kubernetes.io/part-of=omero-platform,app.kubernetes.io/component=ingress
relabel_configs:
  # The other paths lead to single plugins.
  - {source_labels: [__meta_kubernetes_ingress_path], regex: ".*/omeroweb_[a-z_]+", action: drop}
  - {source_labels: [__meta_kubernetes_namespace], target_label: namespace}
  - {source_labels: [__meta_kubernetes_ingress_label_app_kubernetes_io_instance], target_label: instance}
{{- end -}}

{{/* A site's Service, by component and port, as the target of a probe. */}}
{{- define "omero-monitoring.serviceProbe" -}}
metrics_path: /probe
params:
  module: [{{ .module }}]
kubernetes_sd_configs:
  - role: service
    {{- include "omero-monitoring.sdNamespaces" .root | nindent 4 }}
    selectors:
      - role: service
        label: app.kubernetes.io/part-of=omero-platform,app.kubernetes.io/component={{ .component }}
relabel_configs:
  - {source_labels: [__meta_kubernetes_service_port_number], regex: {{ .port | quote }}, action: keep}
  - {source_labels: [__meta_kubernetes_namespace], target_label: namespace}
  - {source_labels: [__meta_kubernetes_service_label_app_kubernetes_io_instance], target_label: instance}
  - {source_labels: [__meta_kubernetes_service_label_app_kubernetes_io_component], target_label: component}
  {{- include "omero-monitoring.probeRelabel" .root | nindent 2 }}
{{- end -}}
