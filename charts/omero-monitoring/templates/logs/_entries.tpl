{{/* What is one entry, and which level it has, as regular expressions (RE2) of both collectors. */}}

{{/*
A line of a pod's output that goes on with the one before: what is indented, and of stack traces of Python and Java, whose last
line is the name of a class and a colon; Ice adds what an exception has, in braces.
*/}}
{{- define "omero-monitoring.continued" -}}
^(\s|$|[{}]$|Caused by: |Suppressed: |Traceback \(most recent|During handling of the above|The above exception was|[A-Za-z_][A-Za-z_.0-9]*(Error|Exception|Interrupt|Exit)(:|$)|([A-Za-z_][A-Za-z_0-9]*\.)+[A-Z][A-Za-z_0-9]*(:|$))
{{- end -}}

{{/* The first line of an entry in a log file of OMERO: a moment. */}}
{{- define "omero-monitoring.fileStart" -}}
^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}[ ]
{{- end -}}

{{/* In a pod's output, the level is named as such, or a word in capital letters near the start. */}}
{{- define "omero-monitoring.outputLevel" -}}
^(?:.{0,500}?\blevel"?[=:] *"?(?P<named>(?i:debug|info|warn|warning|error|critical|fatal|panic))\b|.{0,80}?\b(?P<found>DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL|PANIC)\b)
{{- end -}}

{{/* In a log file, it is after the moment. */}}
{{- define "omero-monitoring.fileLevel" -}}
^\d{4}-\d\d-\d\d \S+ +(?P<named>)(?P<found>DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL)\b
{{- end -}}
