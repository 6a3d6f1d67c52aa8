{{/*
The level in the words of OMERO.web's page, beside the entry: debug, info, warn, error, fatal. Each loki.process needs it: what one
has found is not passed on to the next.
*/}}
{{- define "omero-monitoring.alloyLevel" -}}
stage.template {
  source   = "level"
  template = `{{ "{{" }} if or .named .found {{ "}}{{" }} $level := ToLower (print .named .found) {{ "}}{{" }} if eq $level "warning" {{ "}}" }}warn{{ "{{" }} else if or (eq $level "critical") (eq $level "panic") {{ "}}" }}fatal{{ "{{" }} else {{ "}}{{" }} $level {{ "}}{{" }} end {{ "}}{{" }} end {{ "}}" }}`
}
stage.structured_metadata {
  values = {level = ""}
}
{{- end -}}
