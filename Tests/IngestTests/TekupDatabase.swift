/// The tables of the sales application that its mapping reads, with columns it must not read.
enum TekupDatabase {
    static let schema = """
        CREATE TYPE "OrganizationType" AS ENUM ('RENDETALJE', 'TEKUP', 'FOODTRUCK', 'BAKERY');
        CREATE TYPE "SaleStatus" AS ENUM ('QUOTE_SENT', 'ACCEPTED', 'SCHEDULED', 'IN_PROGRESS',
            'COMPLETED', 'PAID', 'LOST', 'CANCELLED');
        CREATE TYPE "LeadSource" AS ENUM ('EMAIL', 'PHONE', 'WEBSITE', 'REFERRAL', 'EVENT');
        CREATE TABLE organizations (
            id uuid PRIMARY KEY, name text NOT NULL, type "OrganizationType" NOT NULL,
            billing_email text);
        CREATE TABLE users (
            id uuid PRIMARY KEY, organization_id uuid NOT NULL, email text NOT NULL,
            password_hash text NOT NULL, name text NOT NULL, role text NOT NULL,
            active boolean NOT NULL, created_at timestamp(3) NOT NULL);
        CREATE TABLE customers (
            id uuid PRIMARY KEY, organization_id uuid NOT NULL, name text NOT NULL, email text,
            customer_type text NOT NULL, notes text, status text NOT NULL,
            created_at timestamp(3) NOT NULL);
        CREATE TABLE services (
            id uuid PRIMARY KEY, organization_id uuid NOT NULL, name text NOT NULL, category text,
            base_price numeric(10,2) NOT NULL, currency text NOT NULL, pricing_model text NOT NULL,
            active boolean NOT NULL, created_at timestamp(3) NOT NULL);
        CREATE TABLE sales (
            id uuid PRIMARY KEY DEFAULT gen_random_uuid(), organization_id uuid NOT NULL,
            customer_id uuid NOT NULL, service_id uuid NOT NULL, sale_number text NOT NULL,
            status "SaleStatus" NOT NULL, sale_date timestamp(3) NOT NULL,
            scheduled_date timestamp(3), quoted_amount numeric(10,2),
            final_amount numeric(12,2) NOT NULL, currency text NOT NULL DEFAULT 'DKK',
            tax_rate numeric(5,2) NOT NULL DEFAULT 25, tax_amount numeric(10,2) NOT NULL,
            total_with_tax numeric(12,2) NOT NULL, payment_status text NOT NULL,
            payment_date timestamp(3), source "LeadSource", assigned_to uuid,
            internal_notes text, created_at timestamp(3) NOT NULL DEFAULT '2026-01-01',
            updated_at timestamp(3) NOT NULL DEFAULT '2026-01-01');
        CREATE TABLE leads (
            id uuid PRIMARY KEY, organization_id uuid NOT NULL, customer_id uuid,
            contact_name text NOT NULL, source "LeadSource", status text NOT NULL,
            priority text NOT NULL, score integer, interest_service_id uuid,
            estimated_value numeric(10,2), follow_up_date timestamp(3),
            follow_up_count integer NOT NULL, assigned_to uuid, converted_sale_id uuid,
            created_at timestamp(3) NOT NULL, updated_at timestamp(3) NOT NULL);
        """

    static func id(_ kind: Int, _ number: Int) -> String {
        let digits = String(number)
        return "0000000\(kind)-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count)
            + digits
    }

    /// Three organizations, ten customers, three services, two users, and so many sales.
    static func content(sales: Int) -> String {
        """
        INSERT INTO organizations VALUES
            ('\(id(1, 1))', 'Rendetalje', 'RENDETALJE'), ('\(id(1, 2))', 'Tekup', 'TEKUP'),
            ('\(id(1, 3))', 'Foodtruck', 'FOODTRUCK');
        INSERT INTO users SELECT ('00000002-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
            '\(id(1, 1))', 'u' || n, 'secret-hash', 'User ' || n, 'SALES_REP', true, '2025-01-01'
            FROM generate_series(1, 2) n;
        INSERT INTO customers SELECT ('00000003-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
            ('00000001-0000-4000-8000-' || lpad((n % 3 + 1)::text, 12, '0'))::uuid,
            'Kunde Æ' || n, 'k@example.invalid', CASE n % 2 WHEN 0 THEN 'B2B' ELSE 'B2C' END,
            'private', 'ACTIVE', '2025-01-01' FROM generate_series(1, 10) n;
        INSERT INTO services SELECT ('00000004-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
            '\(id(1, 1))', 'Service ' || n, NULL, n * 349.95, 'DKK', 'HOURLY', true, '2025-01-01'
            FROM generate_series(1, 3) n;
        \(insertSales(1...max(sales, 1)))
        INSERT INTO leads SELECT ('00000006-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
            '\(id(1, 2))', NULL, 'Nobody', 'EMAIL', 'NEW', 'LOW', n, NULL, n * 1000, NULL, 0,
            NULL, NULL, '2026-01-01', '2026-01-02' FROM generate_series(1, 5) n;
        """
    }

    static func insertSales(_ numbers: ClosedRange<Int>) -> String {
        """
        INSERT INTO sales SELECT ('00000005-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
            ('00000001-0000-4000-8000-' || lpad((n % 3 + 1)::text, 12, '0'))::uuid,
            ('00000003-0000-4000-8000-' || lpad((n % 3 + 3)::text, 12, '0'))::uuid,
            ('00000004-0000-4000-8000-' || lpad((n % 3 + 1)::text, 12, '0'))::uuid,
            'RS-' || n,
            (ARRAY['QUOTE_SENT','ACCEPTED','COMPLETED','PAID','LOST'])[n % 5 + 1]::"SaleStatus",
            timestamp '2025-01-01 22:30:00.125' + n * interval '37 minutes',
            CASE n % 4 WHEN 0 THEN timestamp '2025-06-01' END,
            CASE n % 7 WHEN 0 THEN NULL ELSE n * 1.01 END, n * 12.34, 'DKK', 25, n * 3.09,
            n * 15.43, 'PENDING', NULL, (ARRAY['EMAIL','PHONE',NULL])[n % 3 + 1]::"LeadSource",
            CASE n % 2 WHEN 0 THEN '\(id(2, 1))'::uuid END, repeat('secret', 3)
            FROM generate_series(\(numbers.lowerBound), \(numbers.upperBound)) n;
        """
    }
}
