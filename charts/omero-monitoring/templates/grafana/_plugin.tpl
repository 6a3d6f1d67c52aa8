{{/* Whether Grafana downloads the plugin for VictoriaLogs: "yes" or nothing. */}}
{{- define "omero-monitoring.grafanaDownloads" -}}
{{- if and .Values.grafana.enabled .Values.grafana.logsPlugin.download .Values.logs.enabled (eq .Values.logs.stack "victorialogs") -}}
yes
{{- end -}}
{{- end -}}

{{/* The port from which the plugin comes, or nothing. */}}
{{- define "omero-monitoring.grafanaPluginPort" -}}
{{- if include "omero-monitoring.grafanaDownloads" . -}}
{{- $address := urlParse (.Values.grafana.logsPlugin.url | default "https://grafana.com") -}}
{{- $port := regexFind ":[0-9]+$" $address.host | trimPrefix ":" -}}
{{- $port | default (ternary "80" "443" (eq $address.scheme "http")) -}}
{{- end -}}
{{- end -}}

{{/*
Which plugins Grafana installs. Its list of its own apps is not needed and comes from the internet: they are disabled one by one,
since preinstall_disabled would keep the plugin for VictoriaLogs away, too.
*/}}
{{- define "omero-monitoring.grafanaPlugins" -}}
{{- if include "omero-monitoring.grafanaDownloads" . -}}
{{- $plugin := .Values.grafana.logsPlugin -}}
# Before Grafana starts: it does not start without the plugin, and the next attempt of Kubernetes asks again.
- {name: GF_PLUGINS_PREINSTALL_SYNC, value: {{ printf "victoriametrics-logs-datasource@%s%s" $plugin.version (ternary (printf "@%s" $plugin.url) "" (not (empty $plugin.url))) | quote }}}
- {name: GF_PLUGINS_DISABLE_PLUGINS, value: "grafana-lokiexplore-app,grafana-pyroscope-app,grafana-exploretraces-app,grafana-metricsdrilldown-app,grafana-advisor-app"}
{{- else -}}
# Nothing is downloaded.
- {name: GF_PLUGINS_PREINSTALL_DISABLED, value: "true"}
{{- end -}}
{{- end -}}
