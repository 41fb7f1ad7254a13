{{/* Names are fixed: certificates, sensors and `podlynx open` know them. One Podlynx a cluster. */}}

{{- define "podlynx.common" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/part-of: podlynx
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* Labels of one component; called with (list . "manager"). */}}
{{- define "podlynx.labels" -}}
{{ include "podlynx.selector" . }}
{{ include "podlynx.common" (index . 0) }}
{{- end }}

{{- define "podlynx.selector" -}}
app.kubernetes.io/name: podlynx
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "podlynx.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{- define "podlynx.managerUrl" -}}
https://podlynx-manager.{{ .Release.Namespace }}.svc:8443
{{- end }}

{{/* Secret with the manager's certificate; the operator writes the first alone. */}}
{{- define "podlynx.tlsSecret" -}}
{{- if eq .Values.tls.source "secret" -}}
{{ .Values.tls.secretName }}
{{- else if eq .Values.tls.source "certManager" -}}
podlynx-manager-cert
{{- else -}}
podlynx-manager-tls
{{- end -}}
{{- end }}

{{- define "podlynx.managerClaim" -}}
{{ .Values.manager.persistence.existingClaim | default "podlynx-manager" }}
{{- end }}
