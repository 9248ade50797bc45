// The Kubernetes provider for Pulumi, put together from its published module.
//
// The module's own main embeds two generated files that the module does not carry, so the build (sandbox/tools.py)
// makes them from the module's schema.json and terraform-mapping.json before it compiles this file.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

//go:embed schema-embed.json
var schema []byte

//go:embed terraform-mapping-embed.json
var mapping []byte

func main() {
	provider.Serve("kubernetes", version.Version, schema, mapping)
}
