{{/*
Combinations of values across the charts that no schema can reject, and removed options (the key, since when, what to write instead).
All messages are collected, then the render fails once. NOTES.txt calls it.
*/}}
{{- define "omero-platform.validate" -}}
{{- $messages := list -}}
{{- range $key, $_ := .Values.global.images -}}
{{- if hasPrefix "omero-" $key -}}
{{- $messages = append $messages (printf "global.images.%s: the keys have no prefix, for example %s." $key (trimPrefix "omero-" $key)) -}}
{{- end -}}
{{- end -}}
{{- if $messages -}}
{{- fail (printf "\n\nThe values cannot be used:\n- %s\n" (join "\n- " $messages)) -}}
{{- end -}}
{{- end -}}
