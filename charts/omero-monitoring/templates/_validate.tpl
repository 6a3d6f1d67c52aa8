{{/* Combinations that the schema cannot reject; all messages are collected, then the render fails once. */}}
{{- define "omero-monitoring.validate" -}}
{{- $messages := list -}}
{{- if and .Values.grafana.enabled (not .Values.grafana.url) -}}
{{- $messages = append $messages "grafana.url: give the public address, for example https://omero.example.org/grafana/." -}}
{{- end -}}
{{- if and .Values.grafana.enabled (not .Values.grafana.adminSecret) -}}
{{- $messages = append $messages "grafana.adminSecret: name a Secret with the keys admin-user and admin-password." -}}
{{- end -}}
{{- if and .Values.grafana.jwt.enabled (not (and .Values.grafana.jwt.keySecret .Values.grafana.jwt.issuer)) -}}
{{- $messages = append $messages "grafana.jwt: keySecret and issuer are needed; without them anybody's token would do." -}}
{{- end -}}
{{- if and .Values.portainer.enabled (not .Values.namespaces) -}}
{{- $messages = append $messages "portainer: it gets rights in `namespaces` only, and that list is empty." -}}
{{- end -}}
{{- if and .Values.portainer.enabled (not .Values.portainer.adminSecret) -}}
{{- $messages = append $messages "portainer.adminSecret: name a Secret with the key `password`; without it the first visitor would choose the administrator's password." -}}
{{- end -}}
{{- if and (eq .Values.mode "external") .Values.external.probes.enabled (not .Values.external.probes.prober) -}}
{{- $messages = append $messages "external.probes.prober: give host:port of a blackbox exporter." -}}
{{- end -}}
{{- if and (eq .Values.logs.stack "loki") (not (regexMatch "^[0-9]+h$" .Values.logs.retention.time)) -}}
{{- $messages = append $messages "logs.retention.time: Loki counts in hours, for example 744h." -}}
{{- end -}}
{{- if $messages -}}
{{- fail (printf "\n\nThe values cannot be used:\n- %s\n" (join "\n- " $messages)) -}}
{{- end -}}
{{- end -}}
