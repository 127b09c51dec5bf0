/// What the store must hold of the group's databases, as queries of them.
extension SalesGroupDatabase {
    private typealias It = ModelOracle

    private static func times(
        _ names: KeyValuePairs<String, String>
    ) -> [(name: String, expression: String)] {
        names.map { ($0.key, It.instant("r.\"\($0.value)\"")) }
    }

    private static func plain(
        _ names: KeyValuePairs<String, String>
    ) -> [(name: String, expression: String)] {
        names.map { ($0.key, $0.value) }
    }

    static let plannedOracles: [ModelOracle] = {
        let company = """
            (SELECT CASE o.type WHEN 'RENDETALJE' THEN 'rendetalje' WHEN 'TEKUP' THEN 'tekup'
                 ELSE 'foodtruck' END FROM organizations o WHERE o.id = r.organization_id)
            """
        // A reference leads to rows of the same company only.
        func same(_ column: String, _ table: String) -> String {
            """
            (SELECT x.id FROM \(table) x WHERE x.id = r.\(column)
                AND x.organization_id = r.organization_id)
            """
        }
        let changes = times(["created_at": "created_at", "updated_at": "updated_at"])
        func oracle(
            _ model: String, _ table: String, _ columns: [(name: String, expression: String)]
        ) -> It {
            It(model, from: "\(table) r", company: company, columns)
        }
        return [
            oracle(
                "user", "users",
                plain([
                    "name": "r.name", "role": "r.role", "active": It.flag("r.active"),
                    "created_at": It.instant("r.created_at"),
                ])),
            oracle(
                "customer", "customers",
                plain([
                    "name": "r.name", "kind": "r.customer_type", "status": "r.status",
                    "system": "'tekup'",
                    "app_sales": "r.total_sales_count",
                    "app_revenue": It.money("r.total_revenue"), "currency": "'DKK'",
                    "last_contact_at": It.instant("r.last_contact_at"),
                    "created_at": It.instant("r.created_at"),
                ])),
            oracle(
                "service", "services",
                plain([
                    "name": "r.name", "category": "r.category", "pricing": "r.pricing_model",
                    "base_price": It.money("r.base_price"), "currency": "r.currency",
                    "active": It.flag("r.active"), "created_at": It.instant("r.created_at"),
                ])),
            oracle(
                "sale", "sales",
                plain([
                    "number": "r.sale_number",
                    "number_series": "substring(r.sale_number FROM '^[^-]*-([^-]*)-')",
                    "number_in_series":
                        "substring(r.sale_number FROM '^[^-]*-[^-]*-([0-9]+)$')::bigint::text",
                    "customer": same("customer_id", "customers"),
                    "service": same("service_id", "services"), "rep": same("assigned_to", "users"),
                    "status": "r.status", "payment_status": "r.payment_status",
                    "source": "r.source", "quoted": It.money("r.quoted_amount"),
                    "net": It.money("r.final_amount"), "tax": It.money("r.tax_amount"),
                    "gross": It.money("r.total_with_tax"),
                    "tax_rate": It.decimal("r.tax_rate", scale: 2), "currency": "r.currency",
                ])
                    + times([
                        "sold_at": "sale_date", "scheduled_at": "scheduled_date",
                        "paid_at": "payment_date",
                    ]) + changes),
            oracle(
                "lead", "leads",
                plain([
                    "customer": same("customer_id", "customers"),
                    "service": same("interest_service_id", "services"),
                    "rep": same("assigned_to", "users"),
                    "sale": same("converted_sale_id", "sales"), "source": "r.source",
                    "status": "r.status", "priority": "r.priority", "score": "r.score",
                    "system": "'tekup'",
                    "estimated": It.money("r.estimated_value"), "currency": "'DKK'",
                    "follow_up_count": "r.follow_up_count",
                ]) + times(["follow_up_at": "follow_up_date"]) + changes),
        ]
    }()

    static let renosOracles: [ModelOracle] = {
        let changes = times(["created_at": "created_at", "updated_at": "updated_at"])
        let status = plain(["status": "lower(btrim(r.status))"])
        let currency = plain(["currency": "'DKK'"])
        func ref(_ column: String, _ table: String) -> String {
            It.reference("r.\(column)", to: "renos.\(table)")
        }
        func oracle(
            _ model: String, _ table: String, _ columns: [(name: String, expression: String)]
        ) -> It {
            It(model, from: "renos.\(table) r", company: "'rendetalje'", columns)
        }
        return [
            oracle(
                "customer", "customers",
                plain([
                    "name": "r.name", "system": "'renos'", "app_sales": "r.total_bookings",
                    "app_revenue": It.money("r.total_revenue"),
                    "last_contact_at": It.instant("r.last_contact_at"),
                    "created_at": It.instant("r.created_at"),
                ]) + status + currency),
            oracle(
                "lead", "leads",
                plain([
                    "customer": ref("customer_id", "customers"), "source": "r.source",
                    "priority": "r.priority", "score": "r.score", "system": "'renos'",
                    "estimated": It.money("r.estimated_value"),
                    "follow_up_at": It.instant("r.last_follow_up_date"),
                    "follow_up_count": "r.follow_up_attempts",
                ]) + status + currency + changes),
            oracle(
                "quote", "quotes",
                plain([
                    "lead": ref("lead_id", "leads"), "hourly_rate": It.money("r.hourly_rate"),
                    "hours": It.decimal("r.estimated_hours", scale: 2),
                    "net": It.money("r.subtotal"), "tax_rate": It.decimal("r.vat_rate", scale: 2),
                    "gross": It.money("r.total"), "valid_until": It.instant("r.valid_until"),
                ]) + status + currency + changes),
            oracle(
                "job", "bookings",
                plain([
                    "customer": ref("customer_id", "customers"), "lead": ref("lead_id", "leads"),
                    "quote": ref("quote_id", "quotes"), "service": "r.service_type",
                    "scheduled_at": It.instant("r.scheduled_at"),
                    "estimated_minutes": "r.estimated_duration",
                    "actual_minutes": "r.actual_duration",
                    "started_at": It.instant("r.actual_start_time"),
                    "ended_at": It.instant("r.actual_end_time"),
                ]) + status + changes),
            oracle(
                "invoice", "invoices",
                plain([
                    "number": "r.invoice_number", "customer": ref("customer_id", "customers"),
                    "customer_name": "r.customer_name", "job": ref("booking_id", "bookings"),
                    "net": It.money("r.subtotal"), "tax_rate": It.decimal("r.vat_rate", scale: 2),
                    "tax": It.money("r.vat_amount"), "gross": It.money("r.total"),
                    "gross_written": It.decimal("r.total", scale: 6),
                    "gross_in_cents": It.decimal("r.total", scale: 2),
                    "paid": It.money("r.paid_amount"), "payment_method": "r.payment_method",
                    "accounting_number": "r.billy_invoice_id",
                ])
                    + times([
                        "issued_at": "issue_date", "due_at": "due_date", "sent_at": "sent_at",
                        "reminded_at": "reminder_sent_at", "paid_at": "paid_at",
                    ]) + status + currency + changes),
            oracle(
                "invoice_line", "invoice_line_items",
                plain([
                    "invoice": ref("invoice_id", "invoices"),
                    "quantity": It.decimal("r.quantity", scale: 3),
                    "unit_price": It.money("r.unit_price"), "amount": It.money("r.amount"),
                    "created_at": It.instant("r.created_at"),
                ]) + currency),
            oracle(
                "app_metric", "analytics",
                plain([
                    "metric": "r.metric", "day": "r.date",
                    "value": It.decimal("r.value", scale: 4),
                    "created_at": It.instant("r.created_at"),
                ])),
        ]
    }()

    static let crmOracles: [ModelOracle] = {
        let changes = times(["created_at": "createdAt", "updated_at": "updatedAt"])
        func ref(_ column: String, _ table: String) -> String {
            It.reference("r.\"\(column)\"", to: "crm.\"\(table)\"")
        }
        func oracle(
            _ model: String, _ table: String, _ columns: [(name: String, expression: String)]
        ) -> It {
            It(model, from: "crm.\"\(table)\" r", company: "'tekup'", columns)
        }
        return [
            oracle(
                "account", "CrmCompany",
                plain([
                    "name": "r.name", "industry": "r.industry", "country": "r.country",
                    "status": "r.status", "owner": "r.owner",
                ]) + changes),
            oracle(
                "contact", "CrmContact",
                plain([
                    "name": #"r."firstName" || ' ' || r."lastName""#,
                    "account": ref("companyId", "CrmCompany"), "status": "r.status",
                    "source": "r.source", "owner": "r.owner",
                    "last_contact_at": It.instant(#"r."lastContactAt""#),
                    "next_follow_up_at": It.instant(#"r."nextFollowUp""#),
                ]) + changes),
            oracle(
                "deal", "CrmDeal",
                plain([
                    "title": "r.title", "account": ref("companyId", "CrmCompany"),
                    "contact": ref("contactId", "CrmContact"), "owner": "r.owner",
                    "pipeline": "r.pipeline", "stage": "r.stage", "status": "r.status",
                    "value": It.money("r.value"), "currency": "upper(r.currency)",
                    "probability": "r.probability", "lost_reason": #"r."lostReason""#,
                    "expected_close_at": It.instant(#"r."expectedCloseDate""#),
                    "closed_at": It.instant(#"r."actualCloseDate""#),
                ]) + changes),
            oracle(
                "deal_line", "CrmDealProduct",
                plain([
                    "deal": ref("dealId", "CrmDeal"), "product": #"r."productName""#,
                    "quantity": "r.quantity",
                    "unit_price": It.decimal(#"r."unitPrice""#, scale: 4),
                    "discount": It.decimal("r.discount", scale: 4),
                    "total": It.decimal("r.total", scale: 4),
                    "created_at": It.instant(#"r."createdAt""#),
                ])),
            oracle(
                "activity", "CrmActivity",
                plain([
                    "type": "r.type", "account": ref("companyId", "CrmCompany"),
                    "contact": ref("contactId", "CrmContact"), "deal": ref("dealId", "CrmDeal"),
                    "owner": "r.owner", "minutes": #"r."durationMinutes""#,
                    "outcome": "r.outcome", "occurred_at": It.instant(#"r."occurredAt""#),
                ])),
        ]
    }()
}
