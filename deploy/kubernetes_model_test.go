package deploy_test

// The models of the files under deploy/kubernetes: exactly the fields that they
// use.

type kubeMeta struct {
	Name   string            `yaml:"name"`
	Labels map[string]string `yaml:"labels"`
}

type kubeHead struct {
	APIVersion string   `yaml:"apiVersion"`
	Kind       string   `yaml:"kind"`
	Metadata   kubeMeta `yaml:"metadata"`
}

type kubeSelector struct {
	MatchLabels map[string]string `yaml:"matchLabels"`
}

type kubeDeployment struct {
	kubeHead `yaml:",inline"`

	Spec struct {
		Replicas int          `yaml:"replicas"`
		Selector kubeSelector `yaml:"selector"`
		Strategy struct {
			Type          string `yaml:"type"`
			RollingUpdate struct {
				MaxUnavailable int `yaml:"maxUnavailable"`
				MaxSurge       int `yaml:"maxSurge"`
			} `yaml:"rollingUpdate"`
		} `yaml:"strategy"`
		MinReadySeconds      int `yaml:"minReadySeconds"`
		RevisionHistoryLimit int `yaml:"revisionHistoryLimit"`
		Template             struct {
			Metadata kubeMeta `yaml:"metadata"`
			Spec     kubePod  `yaml:"spec"`
		} `yaml:"template"`
	} `yaml:"spec"`
}

type kubePod struct {
	AutomountServiceAccountToken *bool `yaml:"automountServiceAccountToken"`
	EnableServiceLinks           *bool `yaml:"enableServiceLinks"`
	TerminationGrace             int   `yaml:"terminationGracePeriodSeconds"`
	SecurityContext              struct {
		RunAsNonRoot   bool `yaml:"runAsNonRoot"`
		RunAsUser      int  `yaml:"runAsUser"`
		RunAsGroup     int  `yaml:"runAsGroup"`
		FSGroup        int  `yaml:"fsGroup"`
		SeccompProfile struct {
			Type string `yaml:"type"`
		} `yaml:"seccompProfile"`
	} `yaml:"securityContext"`
	TopologySpreadConstraints []struct {
		MaxSkew           int          `yaml:"maxSkew"`
		TopologyKey       string       `yaml:"topologyKey"`
		WhenUnsatisfiable string       `yaml:"whenUnsatisfiable"`
		LabelSelector     kubeSelector `yaml:"labelSelector"`
	} `yaml:"topologySpreadConstraints"`
	Containers []kubeContainer `yaml:"containers"`
	Volumes    []struct {
		Name   string `yaml:"name"`
		Secret struct {
			SecretName  string `yaml:"secretName"`
			DefaultMode int    `yaml:"defaultMode"`
			Items       []struct {
				Key  string `yaml:"key"`
				Path string `yaml:"path"`
			} `yaml:"items"`
		} `yaml:"secret"`
		ConfigMap kubeRef `yaml:"configMap"`
	} `yaml:"volumes"`
}

type kubeRef struct {
	Name string `yaml:"name"`
}

type kubeContainer struct {
	Name  string   `yaml:"name"`
	Image string   `yaml:"image"`
	Args  []string `yaml:"args"`
	Env   []struct {
		Name  string `yaml:"name"`
		Value string `yaml:"value"`
	} `yaml:"env"`
	EnvFrom []struct {
		ConfigMapRef kubeRef `yaml:"configMapRef"`
	} `yaml:"envFrom"`
	Ports []struct {
		Name          string `yaml:"name"`
		ContainerPort int    `yaml:"containerPort"`
	} `yaml:"ports"`
	StartupProbe   kubeProbe `yaml:"startupProbe"`
	ReadinessProbe kubeProbe `yaml:"readinessProbe"`
	LivenessProbe  kubeProbe `yaml:"livenessProbe"`
	Resources      struct {
		Requests map[string]string `yaml:"requests"`
		Limits   map[string]string `yaml:"limits"`
	} `yaml:"resources"`
	SecurityContext struct {
		AllowPrivilegeEscalation *bool `yaml:"allowPrivilegeEscalation"`
		ReadOnlyRootFilesystem   bool  `yaml:"readOnlyRootFilesystem"`
		Capabilities             struct {
			Drop []string `yaml:"drop"`
		} `yaml:"capabilities"`
	} `yaml:"securityContext"`
	VolumeMounts []struct {
		Name      string `yaml:"name"`
		MountPath string `yaml:"mountPath"`
		ReadOnly  bool   `yaml:"readOnly"`
	} `yaml:"volumeMounts"`
}

type kubeProbe struct {
	HTTPGet struct {
		Path string `yaml:"path"`
		Port string `yaml:"port"`
	} `yaml:"httpGet"`
	PeriodSeconds    int `yaml:"periodSeconds"`
	TimeoutSeconds   int `yaml:"timeoutSeconds"`
	FailureThreshold int `yaml:"failureThreshold"`
}

type kubeDisruption struct {
	kubeHead `yaml:",inline"`

	Spec struct {
		MaxUnavailable             int          `yaml:"maxUnavailable"`
		UnhealthyPodEvictionPolicy string       `yaml:"unhealthyPodEvictionPolicy"`
		Selector                   kubeSelector `yaml:"selector"`
	} `yaml:"spec"`
}

type kubeNetwork struct {
	kubeHead `yaml:",inline"`

	Spec struct {
		PodSelector kubeSelector `yaml:"podSelector"`
		PolicyTypes []string     `yaml:"policyTypes"`
		Ingress     []struct {
			From  []kubePeer `yaml:"from"`
			Ports []kubePort `yaml:"ports"`
		} `yaml:"ingress"`
		Egress []struct {
			To    []kubePeer `yaml:"to"`
			Ports []kubePort `yaml:"ports"`
		} `yaml:"egress"`
	} `yaml:"spec"`
}

type kubePeer struct {
	NamespaceSelector kubeSelector `yaml:"namespaceSelector"`
	PodSelector       kubeSelector `yaml:"podSelector"`
	IPBlock           struct {
		CIDR   string   `yaml:"cidr"`
		Except []string `yaml:"except"`
	} `yaml:"ipBlock"`
}

type kubePort struct {
	Protocol string `yaml:"protocol"`
	Port     any    `yaml:"port"` // a number or a name
}

type kustomization struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string `yaml:"kind"`
	Namespace  string `yaml:"namespace"`
	Labels     []struct {
		Pairs map[string]string `yaml:"pairs"`
	} `yaml:"labels"`
	Resources []string `yaml:"resources"`
	Images    []struct {
		Name    string `yaml:"name"`
		NewName string `yaml:"newName"`
		NewTag  string `yaml:"newTag"`
	} `yaml:"images"`
	ConfigMaps []struct {
		Name     string   `yaml:"name"`
		Literals []string `yaml:"literals"`
		Files    []string `yaml:"files"`
		Options  struct {
			DisableNameSuffixHash bool `yaml:"disableNameSuffixHash"`
		} `yaml:"options"`
	} `yaml:"configMapGenerator"`
}
