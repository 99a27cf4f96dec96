{{- define "parley.name" -}}
{{- printf "%s-%s" .Release.Name "parley" | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- define "parley.labels" -}}
app.kubernetes.io/name: parley
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .role }}
{{- end -}}

{{/* What every process is told. */}}
{{- define "parley.env" -}}
- name: PARLEY_MODE
  value: cluster
- name: PARLEY_ROLE
  value: {{ .role }}
- name: PARLEY_NODE
  valueFrom: { fieldRef: { fieldPath: metadata.name } }
- name: PARLEY_NAME
  value: {{ .root.Values.name | quote }}
- name: PARLEY_CLUSTER
  value: {{ .root.Values.cluster | quote }}
- name: PARLEY_PARTITIONS
  value: {{ .root.Values.partitions | quote }}
- name: PARLEY_SIGNUP
  value: {{ .root.Values.signup | quote }}
- name: PARLEY_PUBLIC_URL
  value: {{ required "publicUrl must be given" .root.Values.publicUrl | quote }}
- name: PARLEY_TRUSTED_PROXIES
  value: {{ .root.Values.trustedProxies | quote }}
- name: PARLEY_KAFKA
  value: {{ required "kafka.brokers must be given" .root.Values.kafka.brokers | quote }}
- name: PARLEY_KAFKA_TLS
  value: {{ ternary "on" "off" .root.Values.kafka.tls | quote }}
- name: PARLEY_CASSANDRA
  value: {{ required "cassandra.contactPoints must be given" .root.Values.cassandra.contactPoints | quote }}
- name: PARLEY_CASSANDRA_DATACENTER
  value: {{ .root.Values.cassandra.dataCenter | quote }}
- name: PARLEY_CASSANDRA_KEYSPACE
  value: {{ .root.Values.cassandra.keyspace | quote }}
- name: PARLEY_CASSANDRA_TLS
  value: {{ ternary "on" "off" .root.Values.cassandra.tls | quote }}
- name: PARLEY_REDIS
  value: {{ required "redis.urls must be given" .root.Values.redis.urls | quote }}
{{- with .root.Values.s3.endpoint }}
- name: PARLEY_S3_ENDPOINT
  value: {{ . | quote }}
- name: PARLEY_S3_REGION
  value: {{ $.root.Values.s3.region | quote }}
- name: PARLEY_S3_BUCKET
  value: {{ $.root.Values.s3.bucket | quote }}
{{- end }}
- name: PARLEY_HOST
  value: 0.0.0.0
- name: PARLEY_PORT
  value: '8420'
- name: PARLEY_METRICS_HOST
  value: 0.0.0.0
- name: PARLEY_METRICS_PORT
  value: '9420'
{{- end -}}

{{/* A pod of this role. */}}
{{- define "parley.pod" -}}
metadata:
  labels: {{- include "parley.labels" . | nindent 4 }}
  {{- with .root.Values.podAnnotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  # Kubernetes would put PARLEY_… variables of every service into the pod.
  enableServiceLinks: false
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: {{ .grace }}
  {{- with .root.Values.imagePullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 1000
    seccompProfile: { type: RuntimeDefault }
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: topology.kubernetes.io/zone
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels: {{- include "parley.labels" . | nindent 10 }}
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels: {{- include "parley.labels" . | nindent 10 }}
  containers:
    - name: {{ .role }}
      image: "{{ .root.Values.image.repository }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}"
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      env: {{- include "parley.env" . | nindent 8 }}
      {{- with .root.Values.secret }}
      envFrom:
        - secretRef: { name: {{ . }} }
      {{- end }}
      ports:
        - { name: http, containerPort: 8420 }
        - { name: metrics, containerPort: 9420 }
      startupProbe:
        httpGet: { path: /readyz, port: http }
        periodSeconds: 2
        failureThreshold: 90
      livenessProbe:
        httpGet: { path: /livez, port: http }
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      # Busy for a moment is not gone: the others would get its clients, and then be busy.
      readinessProbe:
        httpGet: { path: /readyz, port: http }
        periodSeconds: 2
        timeoutSeconds: 3
        failureThreshold: 3
      {{- if .preStop }}
      # The balancer learns that it goes before its sockets are asked to.
      lifecycle:
        preStop:
          exec: { command: [sleep, {{ .preStop | quote }}] }
      {{- end }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: { drop: [ALL] }
      resources: {{- toYaml .resources | nindent 8 }}
      volumeMounts:
        - { name: tmp, mountPath: /tmp }
  volumes:
    - name: tmp
      emptyDir: {}
  {{- with .root.Values.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .root.Values.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
