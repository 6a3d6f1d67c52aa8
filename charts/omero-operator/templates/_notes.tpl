{{/* Where am I, is it running, how do I start: also used by the umbrella chart, since Helm prints no notes of subcharts. */}}
{{- define "omero-operator.notes" -}}
The OMERO operator {{ .Chart.AppVersion }} is installed in namespace {{ .Release.Namespace }}.
{{- $namespaces := include "omero-operator.watchNamespaces" . | fromJsonArray }}
It watches {{ if $namespaces }}these namespaces only: {{ join ", " $namespaces }}{{ else }}every namespace{{ end }}.

Is it running?
  kubectl rollout status deployment/{{ include "omero-operator.fullname" . }} -n {{ .Release.Namespace }}
  helm test {{ .Release.Name }} -n {{ .Release.Namespace }}

A first site, in a namespace of your choice:
  kubectl apply -n NAMESPACE -f - <<YAML
  apiVersion: platform.omero.dev/v1alpha1
  kind: OmeroPlatform
  metadata: {name: omero}
  spec:
    web:
      ingress: {host: omero.example.org}
  YAML
  kubectl get omero -n NAMESPACE          # READY, REASON, VERSION, URL
  kubectl describe omero -n NAMESPACE     # every condition says what to do

What a field means:
  kubectl explain omeroplatform.spec --recursive

If a pod stays Pending, its events give the reason (kubectl describe pod), usually a missing StorageClass or too little memory.
{{- if .Values.crds.create }}
`helm uninstall` removes the operator; the CustomResourceDefinition, the platforms and their volumes stay.
{{- else }}
crds.create is false: a cluster administrator must apply manifests/crds/omeroplatforms.yaml before the operator can work.
{{- end }}
{{- end -}}
