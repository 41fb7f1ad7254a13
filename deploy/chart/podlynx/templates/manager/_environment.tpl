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
- {name: PODLYNX_SESSION_SECONDS, value: {{ mul .Values.manager.session.hours 3600 | quote }}}
- {name: PODLYNX_SESSION_IDLE_SECONDS, value: {{ mul .Values.manager.session.idleMinutes 60 | quote }}}
{{- with .Values.manager.oidc }}
{{- if .issuerUrl }}
- {name: PODLYNX_OIDC_ISSUER_URL, value: {{ .issuerUrl | quote }}}
- {name: PODLYNX_OIDC_CLIENT_ID, value: {{ required "manager.oidc.clientId is missing: the id under which the provider knows Podlynx" .clientId | quote }}}
- {name: PODLYNX_OIDC_NAME, value: {{ .name | quote }}}
- {name: PODLYNX_OIDC_SCOPES, value: {{ join "," .scopes | quote }}}
- {name: PODLYNX_OIDC_USERNAME_CLAIM, value: {{ .usernameClaim | quote }}}
- {name: PODLYNX_OIDC_USERNAME_PREFIX, value: {{ .usernamePrefix | quote }}}
- {name: PODLYNX_OIDC_GROUPS_CLAIM, value: {{ .groupsClaim | quote }}}
- {name: PODLYNX_OIDC_GROUPS_PREFIX, value: {{ .groupsPrefix | quote }}}
{{- $required := list }}
{{- range $name, $value := .requiredClaims }}
{{- $required = append $required (printf "%s=%s" $name $value) }}
{{- end }}
- {name: PODLYNX_OIDC_REQUIRED_CLAIMS, value: {{ join "," $required | quote }}}
- {name: PODLYNX_OIDC_SIGNING_ALGS, value: {{ join "," .signingAlgs | quote }}}
- {name: PODLYNX_OIDC_REDIRECT_URL, value: {{ .redirectUrl | quote }}}
{{- if .secretName }}
- {name: PODLYNX_OIDC_CLIENT_SECRET_FILE, value: /etc/podlynx/oidc/client-secret}
{{- if .ownAuthority }}
- {name: PODLYNX_OIDC_CA_FILE, value: /etc/podlynx/oidc/ca.crt}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
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
