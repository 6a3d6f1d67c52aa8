{{- define "omero-monitoring.prometheusConfig" -}}
global:
  scrape_interval: {{ .Values.prometheus.scrapeInterval }}
  evaluation_interval: {{ .Values.prometheus.scrapeInterval }}
rule_files: [/etc/prometheus/rules/*.yaml]
{{- if .Values.alertmanager.enabled }}
alerting:
  alertmanagers:
    - static_configs:
        - targets: [{{ include "omero-monitoring.address" (dict "root" . "part" "alertmanager" "port" 9093) | quote }}]
{{- end }}
scrape_configs:
  # Whatever a site's pods expose: a port named "metrics" is enough.
  - job_name: omero-platform
    kubernetes_sd_configs:
      - role: pod
        {{- include "omero-monitoring.sdNamespaces" . | nindent 8 }}
        selectors:
          - role: pod
            label: app.kubernetes.io/part-of=omero-platform,app.kubernetes.io/component!=operator
    relabel_configs:
      - {source_labels: [__meta_kubernetes_pod_container_port_name], regex: "metrics(-.+)?", action: keep}
      # Of several programs in one container; without it their targets would be one.
      - {source_labels: [__meta_kubernetes_pod_container_port_name], regex: "metrics-(.+)", target_label: program}
      # A Job's pod that has ended still has its address.
      - {source_labels: [__meta_kubernetes_pod_phase], regex: Succeeded|Failed, action: drop}
      {{- include "omero-monitoring.podLabels" . | nindent 6 }}
  # The operator's samples say themselves which site they are about.
  - job_name: omero-operator
    honor_labels: true
    kubernetes_sd_configs:
      - role: pod
        namespaces:
          names: [{{ .Release.Namespace }}]
        selectors:
          - role: pod
            label: app.kubernetes.io/part-of=omero-platform,app.kubernetes.io/component=operator
    relabel_configs:
      - {source_labels: [__meta_kubernetes_pod_container_port_name], regex: metrics, action: keep}
      {{- include "omero-monitoring.podLabels" . | nindent 6 }}
    metric_relabel_configs:
      - {source_labels: [platform], regex: (.+), target_label: instance}
  - job_name: monitoring
    {{- include "omero-monitoring.ownPods" (dict "root" $) | nindent 4 }}
      - {source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_name], regex: kube-state-metrics|node-exporter, action: drop}
      - {source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_name], target_label: component}
      - {source_labels: [__meta_kubernetes_namespace], target_label: namespace}
      - {source_labels: [__meta_kubernetes_pod_name], target_label: pod}
{{- if .Values.kubeStateMetrics.enabled }}
  - job_name: kube-state-metrics
    honor_labels: true
    {{- include "omero-monitoring.ownPods" (dict "root" $ "part" "kube-state-metrics") | nindent 4 }}
{{- end }}
{{- if .Values.nodeExporter.enabled }}
  - job_name: node-exporter
    {{- include "omero-monitoring.ownPods" (dict "root" $ "part" "node-exporter") | nindent 4 }}
      - {source_labels: [__meta_kubernetes_pod_node_name], target_label: node}
      # The name that dashboards and alerts show.
      - {source_labels: [__meta_kubernetes_pod_node_name], target_label: instance}
{{- end }}
{{- if .Values.prometheus.kubelet.enabled }}
  # Volumes, among others.
  - job_name: kubelet
    {{- include "omero-monitoring.kubeletJob" . | nindent 4 }}
  - job_name: cadvisor
    metrics_path: /metrics/cadvisor
    {{- include "omero-monitoring.kubeletJob" . | nindent 4 }}
      # Half of all samples, of which nothing uses any.
      - {source_labels: [__name__], regex: "container_(tasks_state|memory_failures_total|blkio_device_usage_total|fs_.*|hugetlb_.*)", action: drop}
{{- end }}
{{- if .Values.blackbox.enabled }}
  - job_name: probe-login-page
    {{- include "omero-monitoring.loginPageProbe" . | nindent 4 }}
      # The Service of OMERO.web has the Ingress' name. OMERO.web answers only to its public host name.
      - {source_labels: [__meta_kubernetes_ingress_host], target_label: __param_hostname}
      - source_labels: [__meta_kubernetes_ingress_name, __meta_kubernetes_namespace, __meta_kubernetes_ingress_path]
        regex: (.+);(.+);(.*?)/?
        target_label: __address__
        replacement: http://$1.$2.svc$3/webclient/login/
      - {target_label: component, replacement: web}
      {{- include "omero-monitoring.probeRelabel" . | nindent 6 }}
  - job_name: probe-omero
    {{- include "omero-monitoring.serviceProbe" (dict "root" $ "module" "tls_connect" "component" "server" "port" "4064") | nindent 4 }}
{{- if .Values.blackbox.ingress }}
  # The login page as a browser gets it: by the public name, through the Ingress.
  - job_name: probe-ingress
    {{- include "omero-monitoring.loginPageProbe" . | nindent 4 }}
      - source_labels: [__meta_kubernetes_ingress_scheme, __meta_kubernetes_ingress_host, __meta_kubernetes_ingress_path]
        regex: (.+);(.+);(.*?)/?
        target_label: __address__
        replacement: $1://$2$3/webclient/login/
      {{- include "omero-monitoring.probeRelabel" . | nindent 6 }}
{{- end }}
{{- range $job := list (dict "name" "probe-http" "module" "http_2xx" "targets" .Values.blackbox.http) (dict "name" "probe-tcp" "module" "tcp_connect" "targets" .Values.blackbox.tcp) }}
{{- if $job.targets }}
  - job_name: {{ $job.name }}
    metrics_path: /probe
    params:
      module: [{{ $job.module }}]
    static_configs:
      - targets: {{ toJson $job.targets }}
    relabel_configs:
      {{- include "omero-monitoring.probeRelabel" $ | nindent 6 }}
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.prometheus.extraScrapeConfigs }}
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
