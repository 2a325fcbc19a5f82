use super::*;

#[test]
fn a_name_is_a_folders_and_never_a_path() {
    for name in ["mender", "Qwen2.5-Coder-0.5B", "a"] {
        assert!(is_name(name), "{name}");
    }
    for name in ["", ".hidden", "../x", "a/b", "a b", "-x", "é", &"x".repeat(61)] {
        assert!(!is_name(name), "{name}");
    }
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("My Model (v2)");
    fs::create_dir(&model).unwrap();
    assert_eq!(name_of(&model).as_deref(), Some("my-model--v2-"));
}

#[test]
fn a_role_is_filled_by_the_journal_and_going_back_is_one_step() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Workspace::create(folder.path()).unwrap();
    let shelf = Shelf::of(&workspace);
    for name in ["old", "new"] {
        let place = shelf.folder.join(name);
        fs::create_dir_all(&place).unwrap();
        fs::write(place.join(MANIFEST), format!("licence = \"{name}\"\n")).unwrap();
    }
    let mut desk = Desk::open(workspace).unwrap();
    let writer = Writer::new("here", "ann", "ann".parse().unwrap());
    let role = Role::Remediation;
    assert!(matches!(desk.use_model(role, Pick::Before, &writer), Err(ModelsError::NothingBefore(_))));
    let missing = desk.use_model(role, Pick::Named("other"), &writer);
    assert!(
        matches!(missing, Err(ModelsError::NoSuchModel { there, .. }) if there == ["mender", "new", "old"])
    );
    let stands_in = desk.model_in(role).unwrap().unwrap();
    assert_eq!((stands_in.name.as_str(), stands_in.by), ("mender", None));
    assert_eq!(desk.use_model(role, Pick::Named("mender"), &writer).unwrap().entry, None);
    let swapped = desk.use_model(role, Pick::Named("old"), &writer).unwrap();
    assert_eq!(swapped.was.as_deref(), Some("mender"));
    let swapped = desk.use_model(role, Pick::Named("new"), &writer).unwrap();
    assert_eq!((swapped.was.as_deref(), swapped.entry.is_some()), (Some("old"), true));
    assert_eq!(desk.use_model(role, Pick::Named("new"), &writer).unwrap().entry, None);
    let there = desk.model_in(role).unwrap().unwrap();
    assert_eq!((there.name.as_str(), there.by.as_deref()), ("new", Some("ann")));
    assert_eq!(desk.model_in(Role::Analysis).unwrap(), None);
    assert!(matches!(desk.remove_model("new"), Err(ModelsError::InUse { .. })));
    assert_eq!(desk.use_model(role, Pick::Before, &writer).unwrap().model, "old");
    desk.remove_model("new").unwrap();
    assert_eq!(desk.models().unwrap().iter().map(|model| model.in_roles.len()).collect::<Vec<_>>(), [0, 1]);
    assert!(matches!(desk.remove_model("mender"), Err(ModelsError::BuiltIn(_))));
    assert!(matches!(desk.use_model(role, Pick::Before, &writer), Err(ModelsError::NoSuchModel { .. })));
}
