{{/*
Full reference of one image: include "omero-operator.image" (dict "root" $ "name" "postgres").
global.images.registry replaces the repository's host; a digest overrides the tag; our own images default to the appVersion.
A tag that `make image-digests` pinned stays in the reference, for people: nodes go by the digest.
*/}}
{{- define "omero-operator.image" -}}
{{- $images := .root.Values.global.images -}}
{{- $image := get $images .name -}}
{{- $tag := default .root.Chart.AppVersion $image.tag -}}
{{- $pins := .root.Files.Get "files/image-digests.yaml" | fromYaml -}}
{{- $pin := get $pins (printf "%s:%s" $image.repository $tag) -}}
{{- $repository := include "omero-operator.moved" (dict "registry" $images.registry "reference" $image.repository) -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $repository $image.digest -}}
{{- else if and $images.pinned $pin -}}
{{- printf "%s:%s@%s" $repository $tag $pin -}}
{{- else -}}
{{- printf "%s:%s" $repository $tag -}}
{{- end -}}
{{- end -}}

{{/* A reference with another registry in place of its own, where one is given. */}}
{{- define "omero-operator.moved" -}}
{{- if .registry -}}
{{- printf "%s/%s" (trimSuffix "/" .registry) (regexReplaceAll "^(localhost|[^/]*[.:][^/]*)/" .reference "") -}}
{{- else -}}
{{- .reference -}}
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
