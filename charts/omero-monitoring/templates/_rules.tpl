{{/*
The files of rules that are rendered, as a list in JSON. A file with the name of a part needs its metrics: an existing stack has them.
One that begins with "own." is about a part that this chart runs.
*/}}
{{- define "omero-monitoring.ruleFiles" -}}
{{- $parts := dict
    "kube-state-metrics" .Values.kubeStateMetrics.enabled
    "kubelet" .Values.prometheus.kubelet.enabled
    "node-exporter" .Values.nodeExporter.enabled
    "blackbox" .Values.blackbox.enabled
    "logs" .Values.logs.enabled }}
{{- $external := eq .Values.mode "external" }}
{{- $files := list }}
{{- range $path, $_ := .Files.Glob "rules/*.yaml" }}
{{- $name := base $path | trimSuffix ".yaml" }}
{{- $own := hasPrefix "own." $name }}
{{- $part := trimPrefix "own." $name }}
{{- $on := ternary (get $parts $part) true (hasKey $parts $part) }}
{{- if or (and $external (not $own)) (and (not $external) $on) }}
{{- $files = append $files $path }}
{{- end }}
{{- end }}
{{- toJson $files }}
{{- end -}}
