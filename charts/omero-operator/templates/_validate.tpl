{{/*
Combinations that the schema cannot reject. All messages are collected, then the render fails once.
Removed options go here too: the key, since when, what to write instead.
*/}}
{{- define "omero-operator.validate" -}}
{{- $messages := list -}}
{{- if and (eq .Values.scope "cluster") .Values.watchNamespaces -}}
{{- $messages = append $messages "watchNamespaces: only used with scope: namespaced; the scope is cluster, which watches every namespace. Set scope: namespaced, or leave watchNamespaces empty." -}}
{{- end -}}
{{- range $name, $image := omit .Values.global.images "operator" "web" "maintenance" -}}
{{- if and (kindIs "map" $image) (not (or $image.tag $image.digest)) -}}
{{- $messages = append $messages (printf "global.images.%s: give a tag or a digest; only our own images have a default for both." $name) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.crds.create (not (.Files.Get "files/crds/omeroplatforms.yaml")) -}}
{{- $messages = append $messages "crds.create: this copy of the chart has no files/crds/omeroplatforms.yaml. In the repository, run `make crd`." -}}
{{- end -}}
{{- if $messages -}}
{{- fail (printf "\n\nThe values cannot be used:\n- %s\n" (join "\n- " $messages)) -}}
{{- end -}}
{{- end -}}
