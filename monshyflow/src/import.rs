use std::path::Path;

use anyhow::Context;
use monshyflow_ids::{TenantId, WorkflowId};

use crate::assemble::Host;
use crate::say;

/// Makes workflows of all `workflow.json` files one level below a folder and of its own `*.json` files, unless the tenant has
/// one of that name, and publishes them.
pub(crate) async fn import(host: &Host, tenant: &TenantId, folder: &Path) -> anyhow::Result<()> {
    let present = names(host, tenant).await?;
    for path in workflow_files(folder)? {
        let body = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let problems = host.catalog.check(tenant, body.clone().into()).await?;
        if let Some(problem) = problems.first() {
            say(&format!(
                "{}: not imported: {} ({})",
                path.display(),
                problem.message,
                problem.pointer
            ));
            continue;
        }
        let document = monshyflow_workflow::Document::parse(&body)?;
        if present.iter().any(|(name, _)| *name == document.name) {
            continue;
        }
        let draft = host.catalog.create_workflow(tenant, body.into(), None).await?;
        host.catalog.publish(tenant, draft.id, None, None).await?;
        say(&format!(
            "imported `{}` from {} as {}",
            draft.name,
            path.display(),
            draft.id
        ));
    }
    Ok(())
}

/// Names and ids of the tenant's workflows.
pub(crate) async fn names(host: &Host, tenant: &TenantId) -> anyhow::Result<Vec<(String, WorkflowId)>> {
    let (mut names, mut cursor) = (Vec::new(), None);
    loop {
        let page = host.catalog.drafts(tenant, 1_000, cursor).await?;
        names.extend(page.items.into_iter().map(|draft| (draft.name, draft.id)));
        cursor = page.next;
        if cursor.is_none() {
            return Ok(names);
        }
    }
}

fn workflow_files(folder: &Path) -> anyhow::Result<Vec<std::path::PathBuf>> {
    let mut files = Vec::new();
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let inside = path.join("workflow.json");
        if inside.is_file() {
            files.push(inside);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
