"""`--tour DIR`: drives the whole main job through the real widgets and shows what a user would see."""
