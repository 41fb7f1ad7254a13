{{- define "podlynx.managerEnv" -}}
- name: POD_NAMESPACE
  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
- {name: PODLYNX_TLS_CERT, value: /etc/podlynx/tls/tls.crt}
- {name: PODLYNX_TLS_KEY, value: /etc/podlynx/tls/tls.key}
- {name: PODLYNX_DATA, value: /var/lib/podlynx}
- {name: PODLYNX_DATABASE, value: /var/lib/podlynx/events.db}
{{- with .Values.store }}
{{- if .url }}
- {name: PODLYNX_STORE, value: {{ .url | quote }}}
- {name: PODLYNX_STORE_INDEX, value: {{ .index | quote }}}
- {name: PODLYNX_STORE_LIFECYCLE, value: {{ .lifecycle | quote }}}
{{- end }}
{{- if eq .auth "basic" }}
- name: PODLYNX_STORE_USERNAME
  valueFrom: {secretKeyRef: {name: {{ .existingSecret }}, key: username}}
- {name: PODLYNX_STORE_PASSWORD_FILE, value: /etc/podlynx/store/password}
{{- else if eq .auth "apiKey" }}
- {name: PODLYNX_STORE_API_KEY_FILE, value: /etc/podlynx/store/apiKey}
{{- end }}
{{- if .caSecret }}
- {name: PODLYNX_STORE_CA, value: /etc/podlynx/store-ca/ca.crt}
{{- end }}
{{- if .days }}
- {name: PODLYNX_STORE_DAYS, value: {{ .days | quote }}}
{{- end }}
{{- if .gigabytes }}
- {name: PODLYNX_STORE_GIGABYTES, value: {{ .gigabytes | quote }}}
{{- end }}
{{- end }}
- {name: PODLYNX_CACHE, value: /var/cache/podlynx}
- {name: PODLYNX_SENSOR_ACCOUNT, value: {{ include "podlynx.sensorAccount" . }}}
- {name: PODLYNX_CLUSTER, value: {{ .Values.cluster | quote }}}
- {name: PODLYNX_ALLOWED_HOSTS, value: {{ join "," .Values.manager.allowedHosts | quote }}}
- {name: PODLYNX_LOG_LEVEL, value: {{ .Values.manager.logLevel }}}
- {name: PODLYNX_OUTPUTS, value: {{ join "," .Values.manager.outputs | quote }}}
- {name: PODLYNX_PAYLOADS_OFF, value: {{ join "," .Values.payloads.offInNamespaces | quote }}}
- {name: PODLYNX_SELFTEST_MINUTES, value: {{ .Values.selftest.everyMinutes | int | quote }}}
- {name: PODLYNX_WEBHOOKS_NAMESPACE, value: {{ .Values.webhooks.namespace | quote }}}
- {name: PODLYNX_WEBHOOKS_ALLOW, value: {{ join "," .Values.webhooks.allow | quote }}}
- {name: PODLYNX_PAGE_URL, value: {{ .Values.webhooks.pageUrl | quote }}}
- {name: PODLYNX_RULES_URL, value: {{ .Values.rules.url | quote }}}
- {name: PODLYNX_RULES_SHA256, value: {{ .Values.rules.sha256 | quote }}}
{{- with .Values.rules.proxy }}
- {name: HTTPS_PROXY, value: {{ . | quote }}}
- {name: HTTP_PROXY, value: {{ . | quote }}}
# The API server is never reached by the proxy.
- {name: NO_PROXY, value: {{ list "$(KUBERNETES_SERVICE_HOST)" "localhost" "127.0.0.1" ".svc" ".cluster.local" $.Values.rules.noProxy | compact | join "," | quote }}}
{{- end }}
{{- with .Values.manager.geoip }}
{{- if .city }}
- {name: PODLYNX_GEOIP_CITY, value: {{ printf "/usr/share/GeoIP/%s" .city | quote }}}
{{- end }}
{{- if .asn }}
- {name: PODLYNX_GEOIP_ASN, value: {{ printf "/usr/share/GeoIP/%s" .asn | quote }}}
{{- end }}
{{- end }}
{{- end }}

{{/* namespace/name of the ServiceAccount that sensors deliver with. */}}
{{- define "podlynx.sensorAccount" -}}
{{- $name := eq .Values.calicoGroups "sideBySide" | ternary "podlynx-dpi" "tigera-dpi" -}}
{{ $name }}/{{ $name }}
{{- end }}
