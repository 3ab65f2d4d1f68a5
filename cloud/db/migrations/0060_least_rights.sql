-- Hosted projects let users reach their rows without the API. What only the API writes is not theirs to write: alerts go
-- to the address in a profile, versions never change, and the state of a deployment is what its agent says.
revoke update on public.profiles, public.ea_versions, public.alerts from authenticated;
revoke insert, update on public.ea_deployments from authenticated;
