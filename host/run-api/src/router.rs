use axum::Router;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::{ApiState, expressions, node_types, openapi, operations, runs, workflows};

/// Everything that this face answers, ready for `monshyflow_web::serve`.
pub fn router(state: ApiState) -> Router {
    let (router, _) = routes().split_for_parts();
    monshyflow_web::frame(router.with_state(state))
}

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::with_openapi(openapi::base())
        .merge(workflow_routes())
        .merge(run_routes())
        .merge(node_type_routes())
        .routes(routes!(expressions::evaluate::evaluate_expressions))
        .merge(operation_routes())
}

fn workflow_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::default()
        .routes(routes!(
            workflows::list::list_workflows,
            workflows::create::create_workflow
        ))
        .routes(routes!(
            workflows::get::get_workflow,
            workflows::replace::replace_workflow,
            workflows::delete::delete_workflow
        ))
        .routes(routes!(workflows::check::check_workflow))
        .routes(routes!(workflows::publish::publish_workflow))
        .routes(routes!(workflows::unpublish::unpublish_workflow))
        .routes(routes!(workflows::versions::list_versions))
        .routes(routes!(workflows::version::get_version))
        .routes(routes!(workflows::restore::restore_version))
}

fn run_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::default()
        .routes(routes!(runs::start::start_run))
        .routes(routes!(runs::list::list_runs))
        .routes(routes!(runs::get::get_run))
        .routes(routes!(runs::step::get_step))
        .routes(routes!(runs::response::get_response))
        .routes(routes!(runs::cancel::cancel_run))
        .routes(routes!(runs::rerun::rerun))
        .routes(routes!(runs::resume::show_form, runs::resume::resume))
        .routes(routes!(runs::events::run_events))
        .routes(routes!(runs::live::live_events))
}

fn node_type_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::default()
        .routes(routes!(
            node_types::list::list_node_types,
            node_types::upload::upload_node_type
        ))
        .routes(routes!(
            node_types::get::get_node_type,
            node_types::delete::delete_node_type
        ))
        .routes(routes!(
            node_types::grants::get_grants,
            node_types::set_grants::set_grants
        ))
}

fn operation_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::default()
        .routes(routes!(operations::health::health))
        .routes(routes!(operations::ready::ready))
        .routes(routes!(operations::metrics::metrics))
        .routes(routes!(operations::document::openapi_document))
        .routes(routes!(operations::docs::docs))
        .routes(routes!(operations::docs::docs_file))
        .routes(routes!(operations::error_page::error_page))
}
