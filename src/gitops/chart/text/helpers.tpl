{{/* An image, from the registry that the values name: (list $ REGISTRY REST) */}}
{{- define "@CHART@.image" -}}
{{- $root := index . 0 -}}
{{- with ($root.Values.image).registry | default (index . 1) }}{{ . }}/{{ end -}}
{{- index . 2 -}}
{{- end -}}

{{/* The names of the Secrets to pull images with, with commas between: (list $ OWN) */}}
{{- define "@CHART@.pullSecrets" -}}
{{- $names := index . 1 -}}
{{- range (index . 0).Values.imagePullSecrets -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- $names | uniq | join "," -}}
{{- end -}}

{{/* The same as a pod names them; nothing where there are none: (list $ OWN) */}}
{{- define "@CHART@.imagePullSecrets" -}}
{{- with include "@CHART@.pullSecrets" . -}}
imagePullSecrets:
{{- range splitList "," . }}
- name: {{ . | quote }}
{{- end }}
{{- end -}}
{{- end -}}

{{/* The hash of a pod's configuration, which names images and Secrets: (list $ COMPILED) */}}
{{- define "@CHART@.configHash" -}}
{{- $root := index . 0 -}}
{{- $registry := ($root.Values.image).registry | default "" -}}
{{- $secrets := include "@CHART@.pullSecrets" (list $root (list)) -}}
{{- index . 1 -}}
{{- if or $registry $secrets }}-{{ printf "%s %s" $registry $secrets | sha256sum | trunc 8 }}{{ end -}}
{{- end -}}

{{/* More labels or annotations: (list VALUE MORE OBJECT OWN-KEYS) */}}
{{- define "@CHART@.more" -}}
{{- $value := index . 0 -}}
{{- $object := index . 2 -}}
{{- $own := index . 3 -}}
{{- range $key, $text := index . 1 }}
{{- if has $key $own }}
{{- fail (printf "%s: %s has %q already; leave it out here and set it in a layer" $value $object $key) }}
{{- end }}
{{ $key | quote }}: {{ $text | quote | replace "<" "\\x3c" }}
{{- end }}
{{- end -}}

{{/* The same with their field, where an object has none of its own: (list FIELD MORE) */}}
{{- define "@CHART@.field" -}}
{{- with index . 1 -}}
{{ index $ 0 }}:
{{- . | nindent 2 }}
{{- end -}}
{{- end -}}
