// Builds what a Flux Kustomization would apply, by Flux's own libraries and without a cluster.
//
//	fluxbuild ROOT SOURCE KUSTOMIZATION
//
// ROOT is what the source serves: a checkout, or what was pushed as an artifact. SOURCE is the file of the
// GitRepository or OCIRepository, KUSTOMIZATION that of the Kustomization. What source-controller would leave out
// of its artifact is left out, then kustomize-controller's generator, its secure build and its substitution run,
// in its order. The objects are printed as a stream of YAML documents.
package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/fluxcd/pkg/kustomize"
	"github.com/fluxcd/pkg/sourceignore"
	"github.com/fluxcd/pkg/sourceignore/gitignore"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: fluxbuild ROOT SOURCE KUSTOMIZATION")
		os.Exit(2)
	}
	if err := build(os.Args[1], os.Args[2], os.Args[3], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func build(root, sourceFile, kustomizationFile string, out io.Writer) error {
	source, err := object(sourceFile)
	if err != nil {
		return err
	}
	kustomization, err := object(kustomizationFile)
	if err != nil {
		return err
	}
	// Links are resolved, since the secure build refuses to follow them out of the root.
	artifact, err := os.MkdirTemp("", "artifact-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(artifact)
	if artifact, err = filepath.EvalSymlinks(artifact); err != nil {
		return err
	}
	if err := archive(root, artifact, source); err != nil {
		return fmt.Errorf("source: %w", err)
	}
	path, _, err := unstructured.NestedString(kustomization.Object, "spec", "path")
	if err != nil {
		return err
	}
	directory := filepath.Join(artifact, path)
	if info, err := os.Stat(directory); err != nil || !info.IsDir() {
		return fmt.Errorf("kustomization path not found: %s", path)
	}
	if _, err := kustomize.NewGenerator(artifact, kustomization).WriteFile(directory); err != nil {
		return fmt.Errorf("generate: %w", err)
	}
	built, err := kustomize.SecureBuild(artifact, directory, false)
	if err != nil {
		return fmt.Errorf("build: %w", err)
	}
	for _, resource := range built.Resources() {
		substituted, err := kustomize.SubstituteVariables(
			context.Background(), nil, kustomization, resource, kustomize.SubstituteWithDryRun(true))
		if err != nil {
			return fmt.Errorf("post build of %s: %w", resource.CurId(), err)
		}
		// None stands for an object that is annotated to be left as it is.
		if substituted != nil {
			resource = substituted
		}
		text, err := resource.AsYAML()
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "---\n%s", text)
	}
	return nil
}

// Copies what the source's artifact holds, as source-controller does: `spec.ignore` instead of its defaults.
func archive(root, artifact string, source unstructured.Unstructured) error {
	domain := strings.Split(root, string(filepath.Separator))
	patterns, err := sourceignore.LoadIgnorePatterns(root, domain)
	if err != nil {
		return err
	}
	ignore, given, err := unstructured.NestedString(source.Object, "spec", "ignore")
	if err != nil {
		return err
	}
	if given {
		patterns = append(patterns, sourceignore.ReadPatterns(strings.NewReader(ignore), domain)...)
	} else {
		patterns = append(sourceignore.DefaultPatterns(domain), patterns...)
	}
	matcher := gitignore.NewMatcher(append(sourceignore.VCSPatterns(domain), patterns...))
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		if matcher.Match(strings.Split(path, string(filepath.Separator)), false) {
			return nil
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		target := filepath.Join(artifact, relative)
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			return err
		}
		return os.WriteFile(target, content, 0o600)
	})
}

func object(file string) (unstructured.Unstructured, error) {
	var found unstructured.Unstructured
	text, err := os.ReadFile(file)
	if err != nil {
		return found, err
	}
	return found, yaml.UnmarshalStrict(text, &found.Object)
}
