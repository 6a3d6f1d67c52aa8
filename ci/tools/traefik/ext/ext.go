// Package ext stands in for the module of the same name that Traefik's own
// repository replaces by a local folder and that no module proxy serves.
// Traefik embeds these two types into its configuration; the open-source
// edition leaves both empty.
package ext

// Middleware would hold extra middleware settings; there are none.
type Middleware struct{}

// HTTPRouterOptions would hold extra router settings; there are none.
type HTTPRouterOptions struct{}
