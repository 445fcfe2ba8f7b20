package world

import "gatehouse/models"

// The people whom the demo prints a link for come first.
func people() []Person {
	return []Person{
		{Key: "partner", Name: "Partner", Email: "partner@halden.example", Tenant: "northquay", Role: "partner"},
		{Key: "admin", Name: "Tenant admin", Email: "admin@northquay.example", Tenant: "northquay", Role: "admin"},
		{Key: "api-manager", Name: "API manager", Email: "apis@northquay.example", Tenant: "northquay", Role: "api_manager"},
		{Key: "support", Name: "Support", Email: "support@gatehouse.example", Staff: models.StaffSupport, Tenant: "northquay", Role: "support"},
		{Key: "operator", Name: "Operator", Email: "operator@gatehouse.example", Staff: models.StaffOperator, Role: "operator"},
		{Key: "admin-2", Name: "Second admin", Email: "admin-2@northquay.example"},
		{Key: "auditor", Name: "Auditor", Email: "audit@northquay.example"},
		{Key: "partner-developer", Name: "Partner developer", Email: "developer@halden.example"},
		{Key: "brackwater", Name: "Line planner", Email: "planner@brackwater.example"},
		{Key: "quillhaven", Name: "Cold chain partner", Email: "reefers@quillhaven.example"},
		{Key: "aurelia", Name: "Energy trader", Email: "trading@aurelia.example"},
		{Key: "fjellkraft", Name: "Pool operator", Email: "dispatch@fjellkraft.example"},
		{Key: "lantern", Name: "App developer", Email: "developer@lantern.example"},
		{Key: "brightwell", Name: "Shop systems partner", Email: "tills@brightwell.example"},
		{Key: "orchard", Name: "Farm shop partner", Email: "shops@orchard.example"},
		{Key: "delta", Name: "Research partner", Email: "lab@deltanine.example"},
		{Key: "marrow", Name: "Checkout partner", Email: "checkout@marrow.example"},
		{Key: "koto", Name: "Web shop partner", Email: "webshop@koto.example"},
	}
}

// staffOfTenant are members of all three tenants: one account serves all, and
// whoever tries the demo sees each tenant from inside.
func staffOfTenant() []Member {
	return []Member{
		{"admin", models.RoleAdmin},
		{"admin-2", models.RoleAdmin},
		{"api-manager", models.RoleAPIManager},
		{"auditor", models.RoleAuditor},
	}
}
