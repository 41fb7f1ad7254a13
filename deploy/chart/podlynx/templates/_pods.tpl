{{/* What every pod of the chart has, as Pod Security `restricted` asks. */}}

{{- define "podlynx.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "podlynx.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "podlynx.imageFields" -}}
image: {{ include "podlynx.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- end }}

{{/* Where a pod may run; called with (list . .Values.manager). */}}
{{- define "podlynx.placement" -}}
{{- $root := index . 0 -}}{{- $own := index . 1 -}}
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with $own.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
nodeSelector:
  kubernetes.io/os: linux
  {{- with $own.nodeSelector }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with $own.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $own.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Labels and annotations of a pod template (without versions: a new chart alone rolls nothing); called with (list . "manager" .Values.manager). */}}
{{- define "podlynx.podMetadata" -}}
{{- $own := index . 2 -}}
labels:
  {{- include "podlynx.selector" (list (index . 0) (index . 1)) | nindent 2 }}
  app.kubernetes.io/part-of: podlynx
  {{- with $own.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with $own.podAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
