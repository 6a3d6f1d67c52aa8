{{/* The OpenTelemetry Collector's configuration. Each entry comes once: positions and what was not sent yet are on the node. */}}
{{- define "omero-monitoring.otelConfig" -}}
{{- $namespaces := include "omero-monitoring.logNamespaces" . | fromJsonArray -}}
extensions:
  file_storage:
    directory: /var/lib/omero-monitoring/otel-collector
    create_directory: true
    # What was written must survive the node, too.
    fsync: true
  health_check:
    endpoint: ${env:POD_IP}:13133
receivers:
  # What containers print: <folder>/NAMESPACE_POD_UID/CONTAINER/N.log
  file_log/output:
    include:
      {{- range $namespaces | default (list "*") }}
      - {{ printf "%s/%s_*_*/*/*.log" $.Values.logs.podLogsFolder . | quote }}
      {{- end }}
    # Its own lines: one about an entry that cannot be sent would be the next entry.
    exclude:
      - {{ printf "%s/%s_%s-*_*/*/*.log" .Values.logs.podLogsFolder .Release.Namespace (include "omero-monitoring.name" (dict "root" . "part" "otel-collector")) | quote }}
    start_at: beginning
    include_file_name: false
    include_file_path: true
    # The space at the end of a part is one inside a line that the runtime has cut.
    preserve_trailing_whitespaces: true
    storage: file_storage
    retry_on_failure: {enabled: true}
    operators:
      - {type: container, format: containerd, add_metadata_from_filepath: true}
      # Lines that go on with the one before: of stack traces of Python and Java, and what is indented.
      - type: recombine
        combine_field: body
        combine_with: "\n"
        source_identifier: attributes["log.file.path"]
        is_first_entry: 'not (body matches {{ include "omero-monitoring.continued" . | toJson }})'
        overwrite_with: oldest
        force_flush_period: 1s
        max_log_size: 256KiB
      - {type: remove, field: 'attributes["log.file.path"]'}
      - {type: remove, field: attributes.logtag, on_error: send_quiet}
      {{- include "omero-monitoring.otelLevel" (include "omero-monitoring.outputLevel" .) | nindent 6 }}
  # OMERO's own files, in a volume of its pod. An entry begins with a moment and a level.
  file_log/files:
    include:
      - {{ .Values.logs.kubeletFolder }}/pods/*/volumes/kubernetes.io~empty-dir/var/log/*.log
      - {{ .Values.logs.kubeletFolder }}/pods/*/volumes/kubernetes.io~empty-dir/var/log/*.err
      - {{ .Values.logs.kubeletFolder }}/pods/*/volumes/kubernetes.io~empty-dir/var/log/*.out
    start_at: beginning
    include_file_name: true
    include_file_path: true
    storage: file_storage
    retry_on_failure: {enabled: true}
    multiline:
      line_start_pattern: {{ include "omero-monitoring.fileStart" . | squote }}
    force_flush_period: 2s
    operators:
      - type: regex_parser
        parse_from: attributes["log.file.path"]
        regex: '/pods/(?P<uid>[^/]+)/volumes/'
      - {type: move, from: attributes.uid, to: 'resource["k8s.pod.uid"]'}
      - {type: move, from: 'attributes["log.file.name"]', to: resource.file}
      - {type: remove, field: 'attributes["log.file.path"]'}
      - type: regex_parser
        regex: '^(?P<moment>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) '
        on_error: send_quiet
        timestamp:
          parse_from: attributes.moment
          layout: '%Y-%m-%d %H:%M:%S,%L'
          location: {{ .Values.logs.timeZone }}
          on_error: send_quiet
      - {type: remove, field: attributes.moment, on_error: send_quiet}
      {{- include "omero-monitoring.otelLevel" (include "omero-monitoring.fileLevel" .) | nindent 6 }}
processors:
  memory_limiter:
    check_interval: 1s
    limit_percentage: 80
    spike_limit_percentage: 20
  {{- range $number, $namespace := $namespaces | default (list "") }}
  # Whose pod it is. Two labels and nothing else: annotations and other labels may say anything.
  k8s_attributes/{{ $number }}:
    auth_type: serviceAccount
    # With a namespace it asks in that alone, as its Role allows.
    filter: {node_from_env_var: NODE_NAME{{ with $namespace }}, namespace: {{ . }}{{ end }}}
    wait_for_metadata: true
    wait_for_metadata_timeout: 30s
    extract:
      metadata: [k8s.namespace.name, k8s.pod.name]
      labels:
        - {tag_name: instance, key: app.kubernetes.io/instance, from: pod}
        - {tag_name: component, key: app.kubernetes.io/component, from: pod}
    pod_association:
      - sources: [{from: resource_attribute, name: k8s.pod.uid}]
  {{- end }}
  # The names under which OMERO.web and the dashboards ask for entries.
  resource:
    attributes:
      - {action: upsert, key: namespace, from_attribute: k8s.namespace.name}
      - {action: upsert, key: pod, from_attribute: k8s.pod.name}
      - {action: upsert, key: container, from_attribute: k8s.container.name}
      - {action: delete, pattern: '^k8s\..*'}
exporters:
  otlp_http:
    endpoint: http://{{ include "omero-monitoring.address" (dict "root" . "part" "victorialogs" "port" 9428) }}/insert/opentelemetry
    headers:
      VL-Stream-Fields: namespace,instance,component,pod,container,file
    retry_on_failure:
      # Until the store is back. What waits is on the disk, and reading stops when that is full.
      max_elapsed_time: 0s
    sending_queue:
      storage: file_storage
      block_on_overflow: true
service:
  extensions: [file_storage, health_check]
  telemetry:
    logs: {level: warn}
    metrics:
      readers:
        - pull: {exporter: {prometheus: {host: '${env:POD_IP}', port: 8888}}}
  pipelines:
    logs:
      receivers: [file_log/output, file_log/files]
      processors:
        - memory_limiter
        {{- range $number, $_ := $namespaces | default (list "") }}
        - k8s_attributes/{{ $number }}
        {{- end }}
        - resource
      exporters: [otlp_http]
{{- end -}}

{{/* The level in the words of OMERO.web's page: debug, info, warn, error, fatal. It is named as such, or a word in capital letters near the start. */}}
{{- define "omero-monitoring.otelLevel" -}}
- type: regex_parser
  regex: {{ . | squote }}
  on_error: send_quiet
- type: add
  if: attributes.found != nil
  field: attributes.level
  value: 'EXPR({"warning": "warn", "critical": "fatal", "panic": "fatal"}[lower(attributes.named + attributes.found)] ?? lower(attributes.named + attributes.found))'
- {type: remove, field: attributes.found, on_error: send_quiet}
- {type: remove, field: attributes.named, on_error: send_quiet}
{{- end -}}
