{{/*
Full reference of one image: include "omero-operator.image" (dict "root" $ "name" "postgres").
global.images.registry replaces the repository's host; a digest wins over the tag; our own images default to the appVersion.
*/}}
{{- define "omero-operator.image" -}}
{{- $images := .root.Values.global.images -}}
{{- $image := get $images .name -}}
{{- $repository := $image.repository -}}
{{- if $images.registry -}}
{{- $path := regexReplaceAll "^(localhost|[^/]*[.:][^/]*)/" $repository "" -}}
{{- $repository = printf "%s/%s" (trimSuffix "/" $images.registry) $path -}}
{{- end -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (default .root.Chart.AppVersion $image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "omero-operator.imagePullSecrets" -}}
{{- with .Values.global.images.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}
