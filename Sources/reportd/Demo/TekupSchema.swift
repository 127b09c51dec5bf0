/// The planned model of the Tekup sales-tracking application, as its own database holds it.
///
/// Times are UTC without a zone; the business day is Europe/Copenhagen. Amounts are net of VAT. The
/// application updates `updated_at`, caches totals on customers at the creation of a sale only, and
/// keeps "paid" in two columns, `status` and `payment_status`.
enum TekupSchema {
    /// Creates the types, tables, indexes and policies in an empty database.
    static let sql = """
        CREATE TYPE "OrganizationType" AS ENUM ('RENDETALJE', 'TEKUP', 'FOODTRUCK');
        CREATE TYPE "CustomerType" AS ENUM ('B2B', 'B2C');
        CREATE TYPE "CustomerStatus" AS ENUM ('ACTIVE', 'INACTIVE', 'BLOCKED');
        CREATE TYPE "SaleStatus" AS ENUM (
            'QUOTE_SENT', 'ACCEPTED', 'SCHEDULED', 'IN_PROGRESS', 'COMPLETED', 'PAID', 'LOST',
            'CANCELLED');
        CREATE TYPE "PaymentStatus" AS ENUM (
            'NOT_INVOICED', 'PENDING', 'PARTIALLY_PAID', 'PAID', 'REFUNDED');
        CREATE TYPE "LeadStatus" AS ENUM (
            'NEW', 'CONTACTED', 'QUALIFIED', 'UNQUALIFIED', 'CONVERTED');
        CREATE TYPE "LeadPriority" AS ENUM ('LOW', 'MEDIUM', 'HIGH', 'URGENT');
        CREATE TYPE "LeadSource" AS ENUM ('EMAIL', 'PHONE', 'WEBSITE', 'REFERRAL', 'EVENT');
        CREATE TYPE "UserRole" AS ENUM ('ADMIN', 'SALES_MANAGER', 'SALES_REP', 'VIEWER');

        CREATE TABLE organizations (
            id uuid NOT NULL DEFAULT gen_random_uuid(),
            name text NOT NULL,
            type "OrganizationType" NOT NULL,
            billing_email text,
            created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
            updated_at timestamp(3) NOT NULL,
            CONSTRAINT organizations_pkey PRIMARY KEY (id)
        );

        CREATE TABLE users (
            id uuid NOT NULL DEFAULT gen_random_uuid(),
            organization_id uuid NOT NULL,
            email text NOT NULL,
            password_hash text NOT NULL,
            name text NOT NULL,
            role "UserRole" NOT NULL DEFAULT 'SALES_REP',
            active boolean NOT NULL DEFAULT true,
            created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
            updated_at timestamp(3) NOT NULL,
            CONSTRAINT users_pkey PRIMARY KEY (id),
            CONSTRAINT users_organization_id_fkey FOREIGN KEY (organization_id)
                REFERENCES organizations(id) ON DELETE RESTRICT ON UPDATE CASCADE
        );
        CREATE UNIQUE INDEX users_email_key ON users (email);

        CREATE TABLE customers (
            id uuid NOT NULL DEFAULT gen_random_uuid(),
            organization_id uuid NOT NULL,
            name text NOT NULL,
            email text,
            phone text,
            customer_type "CustomerType" NOT NULL DEFAULT 'B2C',
            company_name text,
            address jsonb,
            tags text[] NOT NULL DEFAULT ARRAY[]::text[],
            notes text,
            total_sales_count integer NOT NULL DEFAULT 0,
            total_revenue numeric(10,2) NOT NULL DEFAULT 0,
            last_contact_at timestamp(3),
            status "CustomerStatus" NOT NULL DEFAULT 'ACTIVE',
            created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
            updated_at timestamp(3) NOT NULL,
            CONSTRAINT customers_pkey PRIMARY KEY (id),
            CONSTRAINT customers_organization_id_fkey FOREIGN KEY (organization_id)
                REFERENCES organizations(id) ON DELETE RESTRICT ON UPDATE CASCADE
        );

        CREATE TABLE services (
            id uuid NOT NULL DEFAULT gen_random_uuid(),
            organization_id uuid NOT NULL,
            name text NOT NULL,
            description text,
            category text,
            base_price numeric(10,2) NOT NULL,
            currency text NOT NULL DEFAULT 'DKK',
            pricing_model text NOT NULL DEFAULT 'HOURLY',
            duration_minutes integer,
            active boolean NOT NULL DEFAULT true,
            created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
            updated_at timestamp(3) NOT NULL,
            CONSTRAINT services_pkey PRIMARY KEY (id),
            CONSTRAINT services_organization_id_fkey FOREIGN KEY (organization_id)
                REFERENCES organizations(id) ON DELETE RESTRICT ON UPDATE CASCADE
        );

        CREATE TABLE sales (
            id uuid NOT NULL DEFAULT gen_random_uuid(),
            organization_id uuid NOT NULL,
            customer_id uuid NOT NULL,
            service_id uuid NOT NULL,
            sale_number text NOT NULL,
            status "SaleStatus" NOT NULL,
            sale_date timestamp(3) NOT NULL,
            scheduled_date timestamp(3),
            delivery_start timestamp(3),
            delivery_end timestamp(3),
            quoted_amount numeric(10,2),
            final_amount numeric(10,2) NOT NULL,
            currency text NOT NULL DEFAULT 'DKK',
            tax_rate numeric(5,2) NOT NULL DEFAULT 25,
            tax_amount numeric(10,2) NOT NULL,
            total_with_tax numeric(10,2) NOT NULL,
            payment_status "PaymentStatus" NOT NULL DEFAULT 'NOT_INVOICED',
            payment_date timestamp(3),
            source "LeadSource",
            assigned_to uuid,
            internal_notes text,
            customer_notes text,
            billy_invoice_id text,
            calendar_event_id text,
            created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
            updated_at timestamp(3) NOT NULL,
            CONSTRAINT sales_pkey PRIMARY KEY (id),
            CONSTRAINT sales_organization_id_fkey FOREIGN KEY (organization_id)
                REFERENCES organizations(id) ON DELETE RESTRICT ON UPDATE CASCADE,
            CONSTRAINT sales_customer_id_fkey FOREIGN KEY (customer_id)
                REFERENCES customers(id) ON DELETE RESTRICT ON UPDATE CASCADE,
            CONSTRAINT sales_service_id_fkey FOREIGN KEY (service_id)
                REFERENCES services(id) ON DELETE RESTRICT ON UPDATE CASCADE,
            CONSTRAINT sales_assigned_to_fkey FOREIGN KEY (assigned_to)
                REFERENCES users(id) ON DELETE SET NULL ON UPDATE CASCADE
        );
        CREATE UNIQUE INDEX sales_sale_number_key ON sales (sale_number);

        CREATE TABLE leads (
            id uuid NOT NULL DEFAULT gen_random_uuid(),
            organization_id uuid NOT NULL,
            customer_id uuid,
            contact_name text NOT NULL,
            contact_email text,
            contact_phone text,
            source "LeadSource",
            status "LeadStatus" NOT NULL DEFAULT 'NEW',
            priority "LeadPriority" NOT NULL DEFAULT 'MEDIUM',
            score integer,
            interest_service_id uuid,
            estimated_value numeric(10,2),
            message text,
            notes text,
            follow_up_date timestamp(3),
            follow_up_count integer NOT NULL DEFAULT 0,
            assigned_to uuid,
            converted_sale_id uuid,
            created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
            updated_at timestamp(3) NOT NULL,
            CONSTRAINT leads_pkey PRIMARY KEY (id),
            CONSTRAINT leads_organization_id_fkey FOREIGN KEY (organization_id)
                REFERENCES organizations(id) ON DELETE RESTRICT ON UPDATE CASCADE,
            CONSTRAINT leads_customer_id_fkey FOREIGN KEY (customer_id)
                REFERENCES customers(id) ON DELETE SET NULL ON UPDATE CASCADE,
            CONSTRAINT leads_interest_service_id_fkey FOREIGN KEY (interest_service_id)
                REFERENCES services(id) ON DELETE SET NULL ON UPDATE CASCADE,
            CONSTRAINT leads_assigned_to_fkey FOREIGN KEY (assigned_to)
                REFERENCES users(id) ON DELETE SET NULL ON UPDATE CASCADE,
            CONSTRAINT leads_converted_sale_id_fkey FOREIGN KEY (converted_sale_id)
                REFERENCES sales(id) ON DELETE SET NULL ON UPDATE CASCADE
        );

        CREATE TABLE audit_logs (
            id uuid NOT NULL DEFAULT gen_random_uuid(),
            organization_id uuid,
            user_id uuid,
            action_type text NOT NULL,
            resource_type text NOT NULL,
            resource_id text,
            details jsonb,
            created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
            CONSTRAINT audit_logs_pkey PRIMARY KEY (id),
            CONSTRAINT audit_logs_organization_id_fkey FOREIGN KEY (organization_id)
                REFERENCES organizations(id) ON DELETE SET NULL ON UPDATE CASCADE,
            CONSTRAINT audit_logs_user_id_fkey FOREIGN KEY (user_id)
                REFERENCES users(id) ON DELETE SET NULL ON UPDATE CASCADE
        );

        CREATE INDEX idx_sales_org_status ON sales (organization_id, status);
        CREATE INDEX idx_sales_org_date ON sales (organization_id, sale_date DESC);
        CREATE INDEX idx_customers_org_email ON customers (organization_id, email);
        CREATE INDEX idx_customers_email ON customers (email);
        CREATE INDEX idx_leads_org_status ON leads (organization_id, status);
        CREATE INDEX idx_leads_follow_up ON leads (follow_up_date)
            WHERE status IN ('NEW', 'CONTACTED', 'QUALIFIED');
        CREATE INDEX idx_customers_search ON customers
            USING gin (to_tsvector('english', name || ' ' || COALESCE(email, '')));

        -- A reader without app.current_org_id gets an error, not an empty result; the tables'
        -- owner is not held to the policies.
        ALTER TABLE sales ENABLE ROW LEVEL SECURITY;
        ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
        ALTER TABLE services ENABLE ROW LEVEL SECURITY;
        ALTER TABLE leads ENABLE ROW LEVEL SECURITY;
        CREATE POLICY sales_org_isolation ON sales FOR ALL
            USING (organization_id = current_setting('app.current_org_id')::uuid);
        CREATE POLICY customers_org_isolation ON customers FOR ALL
            USING (organization_id = current_setting('app.current_org_id')::uuid);
        CREATE POLICY services_org_isolation ON services FOR ALL
            USING (organization_id = current_setting('app.current_org_id')::uuid);
        CREATE POLICY leads_org_isolation ON leads FOR ALL
            USING (organization_id = current_setting('app.current_org_id')::uuid);

        """

    /// Creates the demo's own schema: how far the data reaches, and what the pulses did.
    static let demoSQL = """
        CREATE SCHEMA demo;
        CREATE TABLE demo.progress (
            is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
            seed text NOT NULL,
            scale double precision NOT NULL,
            first_day date NOT NULL,
            through timestamp(6) NOT NULL,
            pulses bigint NOT NULL DEFAULT 0
        );
        CREATE TABLE demo.pulses (
            number bigint PRIMARY KEY,
            kind text NOT NULL,
            at timestamp(6) NOT NULL
        );
        CREATE INDEX pulses_at ON demo.pulses (at);

        """
}
