import Vocabulary

/// Turns stories into rows and changes of rows.
struct TekupRows {
    /// The name and address of a customer or enquirer.
    struct Profile {
        let name: String
        let company: String?
        let mail: String
        let phone: String
    }

    let demo: TekupDemo
    let ledger: TekupLedger

    /// Everything that happens in a story, in order, to rows that the demo has.
    func events(of story: TekupStory) -> [TekupEvent] {
        var events = birth(in: story)
        let customer = ledger.customer(of: story)
        if let sale = story.sale, sale.created >= demo.firstInstant {
            events += saleEvents(of: story, sale, customer: customer)
        }
        if let lead = story.lead, lead.created >= demo.firstInstant {
            events += leadEvents(of: story, lead, customer: customer)
        }
        // The sort is stable by position: a customer comes before its sale, a sale before its lead.
        return events.enumerated().sorted { left, right in
            (left.element.at, left.offset) < (right.element.at, right.offset)
        }.map(\.element)
    }

    // MARK: Customers

    /// The creation, and perhaps the end, of the customer who comes with a story, if one does.
    func birth(in story: TekupStory) -> [TekupEvent] {
        guard case .newcomer = story.buyer, let sale = story.sale else { return [] }
        return lifeEvents(of: ledger.customer(of: story), born: sale.created)
    }

    /// A customer's creation, and its end if it ever falls asleep.
    func lifeEvents(of customer: TekupLedger.Customer, born: Instant) -> [TekupEvent] {
        guard born >= demo.firstCustomerInstant || customer.day == nil else { return [] }
        let unit = TekupUnit.all[customer.unit]
        let id = customerID(customer)
        let profile = profile(of: customer)
        var random = text(.customerText, customer, salt: 1)
        let isBusiness = profile.company != nil
        let carried =
            born < demo.firstInstant ? random.integer(customer.day == nil ? 8...40 : 0...5) : 0
        let revenue = Int64(carried) * Int64(random.integer(90_000...400_000))
        let created = SQLText.time(born)
        var tags = isBusiness ? ["erhverv"] : ["privat"]
        if ledger.loyalty(of: customer) > 0.9 { tags.append("\"fast kunde\"") }
        if customer.day == nil { tags.append("nøglekunde") }
        let row = TekupTable.customers.row([
            "id": id, "organization_id": unit.organization, "name": profile.name,
            "email": random.chance(0.93) ? profile.mail : nil,
            "phone": random.chance(0.88) ? profile.phone : nil,
            "customer_type": isBusiness ? "B2B" : "B2C", "company_name": profile.company,
            "address": random.chance(0.85) ? TekupNames.address(&random) : nil,
            "tags": "{\(tags.joined(separator: ","))}",
            "notes": random.chance(0.12) ? TekupNames.remark(&random) : nil,
            "total_sales_count": String(carried), "total_revenue": SQLText.amount(revenue),
            "last_contact_at": carried > 0 ? created : nil, "status": "ACTIVE",
            "created_at": created, "updated_at": created,
        ])
        var events = [
            TekupEvent(at: born, table: .customers, id: id, change: .insert(row))
        ]
        let loyalty = ledger.loyalty(of: customer)
        if customer.day != nil, loyalty < 0.06 {
            let at = born.adding(seconds: Int64(random.integer(150...300)) * 86_400)
            events.append(
                TekupEvent(
                    at: at, table: .customers, id: id,
                    change: .update(
                        set: [
                            ("status", loyalty < 0.01 ? "BLOCKED" : "INACTIVE"),
                            ("updated_at", SQLText.time(at)),
                        ], expecting: [])))
        }
        return events
    }

    /// The id of a customer's row.
    func customerID(_ customer: TekupLedger.Customer) -> String {
        var random = text(.customerID, customer, salt: 0)
        return random.uuid()
    }

    private func profile(of customer: TekupLedger.Customer) -> Profile {
        var random = text(.customerText, customer, salt: 0)
        let share = TekupUnit.all[customer.unit].businessShare
        let isBusiness = customer.day == nil || random.chance(share)
        let company = isBusiness ? TekupNames.company(&random) : nil
        let name = company ?? TekupNames.person(&random)
        return Profile(
            name: name, company: company, mail: TekupNames.mail(of: name, &random),
            phone: TekupNames.phone(&random))
    }

    private func text(
        _ purpose: DemoRandom.Purpose, _ customer: TekupLedger.Customer, salt: Int
    ) -> DemoRandom {
        DemoRandom(
            demo.seed, purpose, customer.unit * 2 + salt, customer.day.map { Int($0.number) } ?? -1,
            customer.number)
    }

    private func text(_ purpose: DemoRandom.Purpose, _ id: TekupStory.ID) -> DemoRandom {
        DemoRandom(demo.seed, purpose, id.unit, Int(id.day.number), id.number)
    }

    // MARK: Sales

    private func saleEvents(
        of story: TekupStory, _ sale: TekupStory.Sale, customer: TekupLedger.Customer
    ) -> [TekupEvent] {
        let unit = TekupUnit.all[story.id.unit]
        var random = text(.saleText, story.id)
        let id = saleID(story.id)
        let seller = seller(of: story)
        let created = SQLText.time(sale.created)
        let amounts = Self.amounts(sale.amount)
        let source: String? =
            if let lead = story.lead {
                TekupUnit.sources[lead.source].name
            } else {
                random.chance(0.8) ? random.pick(["EMAIL", "PHONE", "REFERRAL"]) : nil
            }
        let row = TekupTable.sales.row([
            "id": id, "organization_id": unit.organization, "customer_id": customerID(customer),
            "service_id": unit.services[sale.service].id,
            "sale_number": ledger.saleNumber(of: story), "status": sale.opening.rawValue,
            "sale_date": SQLText.time(sale.date),
            "quoted_amount": sale.hasQuote ? SQLText.amount(sale.amount) : nil,
            "final_amount": amounts.net, "currency": sale.isEuro ? "EUR" : "DKK",
            "tax_rate": "25", "tax_amount": amounts.tax, "total_with_tax": amounts.total,
            "payment_status": "NOT_INVOICED", "source": source, "assigned_to": seller,
            "internal_notes": random.chance(0.10) ? TekupNames.remark(&random) : nil,
            "customer_notes": random.chance(0.12) ? TekupNames.remark(&random) : nil,
            "created_at": created, "updated_at": created,
        ])
        var audit = Audit(rows: self, story: story, resource: "sales", id: id, user: seller)
        var events = [
            TekupEvent(
                at: sale.created, table: .sales, id: id, change: .insert(row),
                audit: audit.row(
                    "POST", at: sale.created, "{\"status\": \"\(sale.opening.rawValue)\"}")),
            TekupEvent(
                at: sale.created, table: .customers, id: customerID(customer),
                change: .purchase(amount: amounts.net)),
        ]
        var billed = sale.amount
        for step in sale.steps {
            events.append(
                event(step, of: id, billed: &billed, audit: &audit, random: &random))
        }
        return events
    }

    private func event(
        _ step: (at: Instant, change: TekupStory.SaleChange), of id: String, billed: inout Int64,
        audit: inout Audit, random: inout DemoRandom
    ) -> TekupEvent {
        let time = SQLText.time(step.at)
        var set: [(column: String, value: String?)] = []
        var expecting: [(String, String)] = []
        var record: [String?]?
        func move(_ from: TekupStory.SaleStatus, _ to: TekupStory.SaleStatus) -> String {
            set.append(("status", to.rawValue))
            expecting.append(("status", from.rawValue))
            return "{\"status\": {\"from\": \"\(from.rawValue)\", \"to\": \"\(to.rawValue)\"}}"
        }
        func price(_ amount: Int64) {
            let amounts = Self.amounts(amount)
            set += [
                ("final_amount", amounts.net), ("tax_amount", amounts.tax),
                ("total_with_tax", amounts.total),
            ]
        }
        switch step.change {
        case .deletion:
            return TekupEvent(
                at: step.at, table: .sales, id: id, change: .delete,
                audit: audit.row("DELETE", at: step.at, nil))
        case .status(let to, let from):
            record = audit.row("PATCH", at: step.at, move(from, to))
            if to == .inProgress { set.append(("delivery_start", time)) }
        case .appointment(let start):
            record = audit.row("PATCH", at: step.at, move(.accepted, .scheduled))
            set += [
                ("scheduled_date", SQLText.time(start)),
                (
                    "calendar_event_id",
                    random.chance(0.9) ? "cal_" + random.digest().prefix(16) : nil
                ),
            ]
        case .completion(let amount):
            record = audit.row("PATCH", at: step.at, move(.inProgress, .completed))
            price(amount)
            billed = amount
            set += [
                ("delivery_end", time), ("payment_status", "PENDING"),
                ("billy_invoice_id", "inv_" + random.digest().prefix(16)),
            ]
        case .payment(let to, let from, let closing):
            // The invoice system writes past the application: no audit row.
            set.append(("payment_status", to.rawValue))
            expecting.append(("payment_status", from.rawValue))
            if to == .paid { set.append(("payment_date", time)) }
            if closing { record = audit.row("PATCH", at: step.at, move(.completed, .paid)) }
        case .correction(let amount, let silent):
            price(amount)
            if !silent {
                record = audit.row(
                    "PATCH", at: step.at,
                    "{\"final_amount\": {\"from\": \(SQLText.amount(billed)), "
                        + "\"to\": \(SQLText.amount(amount))}}")
            }
            billed = amount
            if silent {
                return TekupEvent(
                    at: step.at, table: .sales, id: id,
                    change: .update(set: set, expecting: expecting))
            }
        }
        set.append(("updated_at", time))
        return TekupEvent(
            at: step.at, table: .sales, id: id, change: .update(set: set, expecting: expecting),
            audit: record)
    }

    /// The id of a story's sale.
    func saleID(_ id: TekupStory.ID) -> String {
        var random = text(.saleID, id)
        return random.uuid()
    }

    /// Net, tax of 25 per cent rounded half up to the hundredth, and their sum, as text.
    static func amounts(_ net: Int64) -> (net: String, tax: String, total: String) {
        let tax = ExactShare.of(net, permille: 250)
        return (SQLText.amount(net), SQLText.amount(tax), SQLText.amount(net + tax))
    }

    private func seller(of story: TekupStory) -> String? {
        let unit = TekupUnit.all[story.id.unit]
        var random = text(.userID, story.id)
        if random.chance(0.05) { return nil }
        // The manager sells least, the first rep most; the order turns a little by quarter.
        let quarter = story.id.day.civil.month / 4
        let weights = unit.sellers.enumerated().map { position, user in
            user.role == .manager ? 0.5 : 1.6 - 0.22 * Double((position + quarter) % 4)
        }
        return unit.sellers[random.position(in: weights)].id
    }

    // MARK: Leads

    private func leadEvents(
        of story: TekupStory, _ lead: TekupStory.Lead, customer: TekupLedger.Customer
    ) -> [TekupEvent] {
        let unit = TekupUnit.all[story.id.unit]
        var random = text(.leadText, story.id)
        var identity = text(.leadID, story.id)
        let id = identity.uuid()
        let seller = seller(of: story)
        let created = SQLText.time(lead.created)
        let profile = profile(of: customer)
        let isKnown = if case .known = story.buyer { true } else { false }
        let source = random.chance(0.96) ? TekupUnit.sources[lead.source].name : nil
        let wish = story.sale?.service ?? random.position(in: unit.services.map(\.weight))
        let value =
            story.sale.map { ExactShare.of($0.amount, permille: Int64(random.integer(800...1250))) }
            ?? unit.services[wish].price * Int64(random.integer(unit.services[wish].quantity))
        let priority = ["LOW", "MEDIUM", "HIGH", "URGENT"][random.position(in: [22, 48, 23, 7])]
        let row = TekupTable.leads.row([
            "id": id, "organization_id": unit.organization,
            "customer_id": isKnown ? customerID(customer) : nil,
            "contact_name": profile.company == nil ? profile.name : TekupNames.person(&random),
            "contact_email": random.chance(0.9) ? profile.mail : nil,
            "contact_phone": random.chance(0.75) ? profile.phone : nil, "source": source,
            "status": "NEW", "priority": priority,
            "score": random.chance(0.8)
                ? String(random.integer(story.sale == nil ? 5...80 : 35...99)) : nil,
            "interest_service_id": random.chance(0.9) ? unit.services[wish].id : nil,
            "estimated_value": random.chance(0.72) ? SQLText.amount(value / 10_000 * 10_000) : nil,
            "message": random.chance(0.7) ? TekupNames.enquiry(&random) : nil,
            "follow_up_count": "0",
            "assigned_to": random.chance(0.85) ? seller : nil, "created_at": created,
            "updated_at": created,
        ])
        var audit = Audit(rows: self, story: story, resource: "leads", id: id, user: seller)
        var events = [
            TekupEvent(
                at: lead.created, table: .leads, id: id, change: .insert(row),
                audit: audit.row("POST", at: lead.created, nil))
        ]
        var status = TekupStory.LeadStatus.new
        func step(
            _ at: Instant, to next: TekupStory.LeadStatus,
            _ more: [(column: String, value: String?)]
        ) {
            let details =
                "{\"status\": {\"from\": \"\(status.rawValue)\", \"to\": \"\(next.rawValue)\"}}"
            events.append(
                TekupEvent(
                    at: at, table: .leads, id: id,
                    change: .update(
                        set: [("status", next.rawValue)] + more + [
                            ("updated_at", SQLText.time(at))
                        ],
                        expecting: [("status", status.rawValue)]),
                    audit: audit.row("PATCH", at: at, details)))
            status = next
        }
        var calls = 0
        for (at, next) in lead.steps {
            if next == .unqualified {
                step(
                    at, to: next,
                    [("notes", random.chance(0.3) ? "Ikke relevant lige nu" : nil)])
            } else {
                calls += 1
                let follow = at.adding(seconds: Int64(random.integer(2...9)) * 86_400)
                step(
                    at, to: next,
                    [("follow_up_date", SQLText.time(follow)), ("follow_up_count", String(calls))])
            }
        }
        if let sale = story.sale {
            step(
                sale.created, to: .converted,
                [
                    ("customer_id", customerID(customer)),
                    ("converted_sale_id", saleID(story.id)), ("follow_up_date", nil),
                ])
        }
        if let deleted = lead.deleted {
            events.append(
                TekupEvent(
                    at: deleted, table: .leads, id: id, change: .delete,
                    audit: audit.row("DELETE", at: deleted, nil)))
        }
        return events
    }

    // MARK: Audit

    /// Writes the audit rows of one row.
    private struct Audit {
        let rows: TekupRows
        let story: TekupStory
        let resource: String
        let id: String
        let user: String?
        private var random: DemoRandom

        init(rows: TekupRows, story: TekupStory, resource: String, id: String, user: String?) {
            self.rows = rows
            self.story = story
            self.resource = resource
            self.id = id
            self.user = user
            random = DemoRandom(
                rows.demo.seed, .auditID, story.id.unit * 2 + (resource == "sales" ? 0 : 1),
                Int(story.id.day.number), story.id.number)
        }

        mutating func row(_ action: String, at: Instant, _ details: String?) -> [String?] {
            [
                random.uuid(), TekupUnit.all[story.id.unit].organization, user, action, resource,
                id, details, SQLText.time(at),
            ]
        }
    }
}
