// AccessControl: who may do what.
//
// Policies are text in the policy language; tokens name policies and roles; `AccessRights` is what a token's
// policies allow together. The records live in the state like everything else, so every server decides alike.
// Nothing here knows HTTP: the edge asks for rights and refuses.
