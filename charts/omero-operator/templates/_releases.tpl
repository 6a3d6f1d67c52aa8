{{/* Name of the release that this chart's images are. */}}
{{- define "omero-operator.release" -}}
{{- default .Chart.AppVersion .Values.release -}}
{{- end -}}

{{/* The releases that the operator knows, as the file that it reads. A registry moves their images, too. */}}
{{- define "omero-operator.releases" -}}
{{- $file := .Files.Get "files/releases.yaml" | fromYaml -}}
{{- $registry := .Values.global.images.registry -}}
{{- $releases := dict -}}
{{- range $version, $entry := $file.releases -}}
{{- $images := dict -}}
{{- range $name, $reference := $entry.images -}}
{{- $_ := set $images $name (include "omero-operator.moved" (dict "registry" $registry "reference" $reference)) -}}
{{- end -}}
{{- $_ := set $releases $version (merge (dict "images" $images) $entry) -}}
{{- end -}}
{{- $_ := set $releases (include "omero-operator.release" .) $file.current -}}
{{- dict "releases" $releases | toYaml -}}
{{- end -}}
