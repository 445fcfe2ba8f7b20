package models

import "time"

// Arrival is somebody who had a role or a team in a tenant where its archive comes
// from. Here they have nothing: once they are invited to the address and accept, they
// have the teams of it again. UserID is the stand-in that the tenant's history names.
type Arrival struct {
	TenantID  string        `gorm:"primaryKey"`
	UserID    string        `gorm:"primaryKey"`
	Email     string        // canonical
	Role      Role          // or NoRole
	Teams     []ArrivalTeam `gorm:"serializer:json"`
	CreatedAt time.Time
}

// ArrivalTeam is a place that an arrival had in a team.
type ArrivalTeam struct {
	Team string
	Role TeamRole
}

// Absent makes of u an account that stands for somebody of another installation, for
// what refers to them: nobody can sign in with it, and its address is nobody's (RFC 2606).
func (u *User) Absent(handle []byte) {
	u.Email, u.Handle, u.Staff = u.ID+"@elsewhere.invalid", handle, NotStaff
	if u.State != UserDeleted {
		u.State = UserDisabled
	}
}

// InvitedAs is what an arrival is invited as: who had no role in the tenant is a partner.
func (a Arrival) InvitedAs() Role {
	if a.Role == NoRole {
		return RolePartner
	}
	return a.Role
}
